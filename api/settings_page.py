"""The table of settings in docs/settings.md, written from the settings; reads no environment."""

from api.settings import PREFIX, Settings


def settings_table() -> str:
    """Render every setting as a row of a Markdown table, for the documentation."""
    rows = ["| Variable | Default | Meaning |", "| --- | --- | --- |"]
    for name, field in Settings.model_fields.items():
        rows.append(f"| `{PREFIX}{name.upper()}` | {_default(name)} | {field.description} |")
    return "\n".join(rows) + "\n"


def _default(name: str) -> str:
    field = Settings.model_fields[name]
    by_profile = {
        profile: field.get_default(call_default_factory=True, validated_data={"profile": profile})
        for profile in ("development", "production")
    }
    if by_profile["development"] != by_profile["production"]:
        return " ".join(f"`{_text(value)}` in {where}," for where, value in by_profile.items())[:-1]
    value = by_profile["production"]
    return "none" if value in (None, (), {}) else f"`{_text(value)}`"


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
