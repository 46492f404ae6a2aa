"""The currencies of money: ISO 4217's active codes and their decimals; no amounts and no rates.

List one as of amendment 180 (1 January 2026). What has no minor unit there ("N.A.": metals, XDR,
XTS) is not money that a shop is paid in, and is left out.
"""

from collections.abc import Mapping

_CODES_BY_EXPONENT = {
    0: "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF",
    2: """
        AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BMD BND BOB BOV BRL BSD BTN BWP BYN BZD
        CAD CDF CHE CHF CHW CNY COP COU CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP
        GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK
        LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MXV MYR MZN NAD NGN NIO
        NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS
        SRD SSP STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD USN UYU UZS VED VES WST
        XAD XCD XCG YER ZAR ZMW ZWG
    """,
    3: "BHD IQD JOD KWD LYD OMR TND",
    4: "CLF UYW",
}

EXPONENTS: Mapping[str, int] = {
    code: exponent for exponent, codes in _CODES_BY_EXPONENT.items() for code in codes.split()
}
"""How many decimals each currency has, by its code."""


def exponent(code: str) -> int:
    """Give the decimals of a currency. Raises KeyError for a code that ISO 4217 has not."""
    return EXPONENTS[code]


def unknown(code: str) -> str:
    """Say that a code is no currency, and which was likely meant: its letters, mostly in place."""

    def likeness(known: str) -> tuple[bool, int]:
        in_place = sum(a == b for a, b in zip(code, known, strict=False))
        return sorted(code) == sorted(known), in_place

    nearest = max(sorted(EXPONENTS), key=likeness)
    is_near = likeness(nearest) > (False, 1)
    hint = f"did you mean `{nearest}`?" if is_near else "write one such as `EUR`"
    return f"`{code}` is not a currency of ISO 4217; {hint}"
