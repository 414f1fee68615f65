"""Softphones in pages on the live API: the console asks for passwords and gives them back."""

from typing import Any

from aiohttp import web

from ivr.ari.errors import AriError
from ivr.line import Line
from ticketing.refusal import Refusal


def phone_routes(line: Line) -> list[web.RouteDef]:
    """POST /phones/NUMBER/admit and /phones/NUMBER/dismiss."""

    async def admit(request: web.Request) -> web.Response:
        number = request.match_info["number"]
        told: dict[str, Any] = await request.json()
        try:
            if number not in line.city.directory.agents:
                raise Refusal(
                    "invalid_value",
                    "agent_no",
                    f"线路上没有话务员{number}",
                    "请系统管理员在 config.yaml 的 agents 中登记此工号",
                )
            password = await line.phones.admit(
                number, told["page"], renew=told["renew"], seconds=told["seconds"]
            )
        except Refusal as refusal:
            return web.json_response({"error": refusal.to_json()}, status=409)
        except AriError as error:
            return web.Response(status=503, text=str(error))
        return web.json_response({"password": password})

    async def dismiss(request: web.Request) -> web.Response:
        told: dict[str, Any] = await request.json()
        await line.phones.dismiss(request.match_info["number"], told["page"])
        return web.Response(status=204)

    return [
        web.post("/phones/{number}/admit", admit),
        web.post("/phones/{number}/dismiss", dismiss),
    ]
