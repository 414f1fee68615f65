"""Second factors, settings of pages, where sessions began."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

_ACCOUNT: dict[str, sa.types.TypeEngine[Any]] = {
    "totp_key": sa.Text(),
    "totp_secrets": sa.Text(),
    "totp_since": sa.DateTime(timezone=True),
    "totp_step": sa.BigInteger(),
    "settings": sa.JSON(),
}
_SESSION = {"address": sa.String(60), "browser": sa.String(200)}


def upgrade() -> None:
    for name, kind in _ACCOUNT.items():
        op.add_column("account", sa.Column(name, kind))
    for name, kind in _SESSION.items():
        op.add_column("console_session", sa.Column(name, kind))


def downgrade() -> None:
    for name in _ACCOUNT:
        op.drop_column("account", name)
    for name in _SESSION:
        op.drop_column("console_session", name)
