"""Phone numbers as people write them, normalised to E.164.

The test is whether a number can exist (its length fits its country), not whether its range is in service: the
ranges that regulators keep free for fiction, such as Ofcom's 07700 900xxx, are not in service, and numbering
plans move faster than libraries. The provider has the last word.
"""

from phonenumbers import (
    SUPPORTED_REGIONS,
    NumberParseException,
    PhoneNumber,
    PhoneNumberFormat,
    ValidationResult,
    format_number,
    is_possible_number_with_reason,
    parse,
)

_SAID_AS = {"UK": "GB", "USA": "US"}
_REASONS = {
    ValidationResult.TOO_SHORT: "has too few digits",
    ValidationResult.TOO_LONG: "has too many digits",
    ValidationResult.INVALID_LENGTH: "has a number of digits that its country does not use",
    ValidationResult.IS_POSSIBLE_LOCAL_ONLY: "has no area code",
    ValidationResult.INVALID_COUNTRY_CODE: "has a country code that does not exist",
}


def region(country: str) -> str:
    """The ISO 3166 code of a country whose national numbers can be read.

    Raises:
        ValueError: it is not one; the message is half a sentence.
    """
    code = country.strip().upper()
    code = _SAID_AS.get(code, code)
    if code not in SUPPORTED_REGIONS:
        raise ValueError("is not a two-letter country code of ISO 3166, such as US or DE")
    return code


def e164(text: str, country: str | None) -> str:
    """A number in E.164 form.

    Args:
        text: international with + or national.
        country: the code that `region` gives, for national numbers.

    Raises:
        ValueError: it cannot be dialled; the message is half a sentence without the number.
    """
    number = _parsed(text, country)
    reason = is_possible_number_with_reason(number)
    if reason != ValidationResult.IS_POSSIBLE:
        raise ValueError(_REASONS.get(reason, "is not a phone number"))
    if number.extension:
        raise ValueError("has an extension, which cannot be dialled or texted; give a direct number")
    return format_number(number, PhoneNumberFormat.E164)


def _parsed(text: str, country: str | None) -> PhoneNumber:
    try:
        return parse(text, country)
    except NumberParseException as error:
        if error.error_type == NumberParseException.INVALID_COUNTRY_CODE and country is None:
            why = "has no known country code; write it as +44 20 7946 0123, or say which country it is in"
        elif error.error_type == NumberParseException.TOO_LONG:
            why = "has too many digits"
        elif error.error_type in (
            NumberParseException.TOO_SHORT_NSN,
            NumberParseException.TOO_SHORT_AFTER_IDD,
        ):
            why = "has too few digits"
        else:
            why = "is not a phone number"
        raise ValueError(why) from None
