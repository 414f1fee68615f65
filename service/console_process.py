"""The console's process: the store and what is done on it, served over HTTP."""

from contextlib import AsyncExitStack
from datetime import UTC, datetime

from console.context import Parts, SmsInbox
from console.draft_upkeep import forgetting
from console.server import application, serving
from console.softphones import Softphones
from service.child import Parent
from service.console_accounts import Preparing
from service.console_tls import console_tls
from service.line_desk import VarDesk
from service.line_link import ControllerLink
from service.ordering import PhoneOrders, console_orders
from service.paths import Var
from service.provision.debian import cache_dir
from service.provision.fonts import fonts_fetched
from service.relearn import relearn
from service.runtime import Runtime, UpOptions
from service.web_bundle import bundle_of
from store.types import JsonObjects
from ticketing import search_upkeep, task_rows
from ticketing.attachments import Attachments
from ticketing.exchange import runs
from ticketing.knowledge import files as knowledge_files
from ticketing.knowledge.base import KnowledgeBase
from ticketing.line_book import LineBook
from ticketing.relearning import Relearning
from ticketing.sms.courier import Courier
from ticketing.sms.gateways import gateway_of
from ticketing.sms.replies import Replies
from ticketing.suggest.live import LiveSuggestions
from ticketing.tickets import Tickets


async def run_console(var: Var, parent: Parent) -> None:
    """Serves until `up` asks to stop."""
    runtime = Runtime.load(var)
    async with AsyncExitStack() as stack:
        store = await stack.enter_async_context(runtime.open_store())
        await runs.recover(store, var.root)
        await stack.enter_async_context(search_upkeep.filling(store))
        await stack.enter_async_context(task_rows.filling(store))
        suggestions = LiveSuggestions(store, var.suggestions, cache_dir(), var.city)
        await stack.enter_async_context(suggestions.running())
        await stack.enter_async_context(Relearning(store, lambda: relearn(var)).running())
        about_tickets = runtime.settings.tickets
        tickets = Tickets(store, prefix=about_tickets.prefix, suggestions=suggestions)
        await knowledge_files.seed(store, await tickets.city(), datetime.now(UTC))
        about_messages = runtime.settings.sms
        replies = Replies(store, tickets)
        gateway = gateway_of(about_messages, replies.take)
        await stack.enter_async_context(gateway.running())
        desk = VarDesk(var)
        courier = Courier(store, tickets, gateway, about_messages, LineBook(store, desk.seeds))
        await stack.enter_async_context(courier.running())
        parts = Parts(
            store=store,
            tickets=tickets,
            attachments=Attachments(
                store, tickets, var.attachments, most_mb=about_tickets.attachment_mb
            ),
            settings=runtime.settings.console,
            suggester=suggestions.current,
            knowledge=KnowledgeBase(store, tickets.city),
            city_name=runtime.settings.city.name,
            order_call=console_orders(var),
            softphones=Softphones(
                PhoneOrders(var), runtime.websocket_url, runtime.settings.codes.echo
            ),
            line=ControllerLink(var.controller_socket),
            bundle=bundle_of(var),
            fonts=fonts_fetched,
            line_desk=desk,
            sms=SmsInbox(replies.take, about_messages.http.token.get_secret_value()),
        )
        drafts = forgetting(parts.drafts, runtime.settings.console.draft_days)
        await stack.enter_async_context(drafts)
        app = application(parts)
        tls = await stack.enter_async_context(console_tls(runtime))
        bind = runtime.settings.console.bind
        await stack.enter_async_context(serving(app, bind, runtime.ports.console, tls))
        parent.ready({"first_accounts": await _prepare_accounts(parts, runtime)})
        await parent.stop.wait()


async def _prepare_accounts(parts: Parts, runtime: Runtime) -> JsonObjects:
    """Accounts that were made just now, with their one-time passwords."""
    preparing = Preparing(parts.accounts, await parts.tickets.city(), datetime.now(UTC))
    if UpOptions.load(runtime.var).demo:
        await preparing.demo(runtime.secrets.console)
        return []
    return await preparing.real()
