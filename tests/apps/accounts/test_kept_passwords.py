"""How passwords are kept: tests stretch them as little as they may, the product as much as it should."""

from django.contrib.auth.hashers import check_password, make_password
from django.test import override_settings

from conto.config import settings as of_the_product


def test_the_product_stretches_a_password_by_argon2id_over_100_mib() -> None:
    with override_settings(PASSWORD_HASHERS=of_the_product.PASSWORD_HASHERS):
        kept = make_password("correct horse 9")
        assert kept.startswith("argon2$argon2id$v=19$m=102400,t=2,p=8$")
        assert check_password("correct horse 9", kept)
        assert not check_password("correct horse 8", kept)
