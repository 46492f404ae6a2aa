"""The business of a loyalty programme; knows neither HTTP nor GraphQL."""
