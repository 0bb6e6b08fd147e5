"""Credentials for AWS: given, found, missing, and botocore itself missing."""

import sys
from pathlib import Path
from threading import Event

import pytest
from botocore.exceptions import CredentialRetrievalError

from adapters.providers.common.http import Timeouts
from adapters.providers.ses.aws import AwsKeys, AwsSigner, signer
from application.environment import WrongSetting
from application.errors import TransientFault


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A machine on which there are no credentials but those in a folder."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    for name in ("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "AWS_CONTAINER_CREDENTIALS_FULL_URI"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))
    monkeypatch.setenv("BOTO_CONFIG", str(tmp_path / "boto"))
    return tmp_path


async def test_credentials_are_found_as_awss_own_tools_find_them(
    environment: Path,
) -> None:
    """In the shared file, where no others are given."""
    (environment / "credentials").write_text(
        "[default]\naws_access_key_id = AKIAFILE\naws_secret_access_key = s3cret\n"
    )
    auth = await signer("eu-west-1", AwsKeys(), Timeouts()).auth()

    assert auth._credentials.access_key == "AKIAFILE"


@pytest.mark.usefixtures("environment")
async def test_without_credentials_nothing_is_sent_and_a_person_can_mend_it() -> None:
    """That is transient: the attempt waits for them."""
    with pytest.raises(TransientFault, match="no AWS credentials were found"):
        await signer("eu-west-1", AwsKeys(), Timeouts()).auth()


@pytest.mark.usefixtures("environment")
async def test_a_profile_that_is_not_there_is_transient_too(monkeypatch: pytest.MonkeyPatch) -> None:
    """No error of botocore's gets out, and none of its words."""
    monkeypatch.setenv("AWS_PROFILE", "nobody")
    with pytest.raises(TransientFault, match="ses: ProfileNotFound, no AWS credentials"):
        await signer("eu-west-1", AwsKeys(), Timeouts()).auth()


def _cannot() -> None:
    raise CredentialRetrievalError(provider="sso", error_msg="token of ana@example.com is s3cret")


async def test_credentials_that_cannot_be_renewed_are_transient() -> None:
    """The fault is named, and nothing of what it says."""
    with pytest.raises(TransientFault, match="^ses: CredentialRetrievalError, no AWS credentials$"):
        await AwsSigner("eu-west-1", _cannot, (CredentialRetrievalError,), 5.0).auth()


async def test_credentials_that_take_too_long_are_transient() -> None:
    """An instance's metadata service may hang; the worker does not."""
    free = Event()
    try:
        with pytest.raises(TransientFault, match="TimeoutError"):
            await AwsSigner("eu-west-1", free.wait, (TimeoutError,), 0.05).auth()
    finally:
        free.set()


def test_half_of_a_credential_is_a_wrong_setting() -> None:
    """Both are set, or neither; and nothing that cannot stand in a header."""
    with pytest.raises(ValueError, match="must both be set"):
        AwsKeys("AKIAEXAMPLE")
    with pytest.raises(ValueError, match="must both be set"):
        AwsKeys("", "s3cret")
    with pytest.raises(ValueError, match="printable ASCII"):
        AwsKeys("AKIA\nEXAMPLE", "s3cret")


def test_without_botocore_the_setting_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    """The extra is named."""
    monkeypatch.setitem(sys.modules, "botocore.credentials", None)
    with pytest.raises(WrongSetting, match=r"pip install 'drumbeat\[ses\]'"):
        signer("eu-west-1", AwsKeys(), Timeouts())
