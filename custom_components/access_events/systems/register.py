"""Systems with a register of people that can be listed and changed."""

from typing import Protocol, override

from ..models import User, UserRequest, UserResult
from .base import AccessSystem


class Register(Protocol):
    """The people of one system; each method raises `AccessSystemError` only."""

    async def users(self) -> list[User]:
        """List all people."""

    async def add(self, request: UserRequest) -> UserResult:
        """Register a person."""

    async def update(self, request: UserRequest) -> UserResult:
        """Change a person; `request.user_id` says whom."""

    async def remove(self, user_id: str) -> None:
        """Remove a person."""


class RegisterSystem(AccessSystem):
    """A system that leaves all that concerns people to its register."""

    _register: Register

    @override
    async def users(self) -> list[User]:
        return await self._register.users()

    @override
    async def register_user(self, request: UserRequest) -> UserResult:
        return await self._register.add(request)

    @override
    async def update_user(self, request: UserRequest) -> UserResult:
        return await self._register.update(request)

    @override
    async def remove_user(self, user_id: str) -> None:
        await self._register.remove(user_id)
