"""What must not happen in a page: an error in the console, a question to another machine."""

from urllib.parse import urlsplit

from playwright.sync_api import ConsoleMessage, Page, Route


class Watched:
    """The faults of a page, as they happen."""

    def __init__(self, page: Page) -> None:
        self.faults: list[str] = []
        page.on("console", self._hear)
        page.on("pageerror", lambda error: self.faults.append(str(error)))
        page.context.route("**/*", self._let_through)

    def _hear(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.faults.append(message.text)

    @staticmethod
    def allowed(url: str) -> bool:
        """Whether it is on this machine."""
        place = urlsplit(url)
        return place.scheme in ("file", "data", "blob") or place.hostname == "127.0.0.1"

    def _let_through(self, route: Route) -> None:
        if self.allowed(route.request.url):
            route.continue_()
        else:
            self.faults.append(f"asked for {route.request.url}")
            route.abort()
