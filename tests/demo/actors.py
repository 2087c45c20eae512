"""The output of a story: what people do and see, chapters, and what Beside does by itself."""

from rich.columns import Columns
from rich.console import Console, RenderableType
from rich.padding import Padding
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from tests.phone import Phone

console = Console(highlight=False)
WIDTH = 13  # of the names on the left
COLOURS = {
    "Sam": "cyan", "Ann": "magenta", "Ann's tablet": "yellow", "Olga": "white",
    "Mara": "magenta", "Tom": "cyan", "Ida": "green",
}  # fmt: skip


class Actor:
    """A person with a phone in their hand."""

    def __init__(self, name: str, phone: Phone) -> None:
        self.name, self.phone = name, phone

    def says(self, text: str) -> None:
        """Tell what the person does, or sees."""
        _line(Text(self.name, COLOURS[self.name]), text)


def title(name: str, what: str) -> None:
    """Begin a story."""
    console.print()
    console.rule(f"[bold]{name}", characters="━", style="dim")
    console.print(what, style="italic", justify="center")


def chapter(name: str) -> None:
    """Begin a chapter."""
    console.print()
    console.print(Panel(name, style="bold", expand=False))


def when(text: str) -> None:
    """Say what time it is."""
    _line("", f"[dim italic]{text}[/]")


def happens(text: str) -> None:
    """Tell something that no person does."""
    _line("", f"[italic]{text}[/]")


def shown(what: RenderableType) -> None:
    """Show what is on a screen."""
    console.print(Padding(what, (0, 0, 0, WIDTH + 2)))


def cards(*texts: tuple[str, str]) -> None:
    """Show some cards, side by side; each has a name and a text."""
    shown(Columns(Panel(text, title=name, width=31, border_style=COLOURS[name]) for name, text in texts))


def equal(number: int) -> None:
    """Say that the replicas are equal, and how many records they have."""
    console.print(f"[bold green]The replicas are equal[/], record by record ({number} in their space).")


def _line(name: str | Text, text: str) -> None:
    line = Table.grid(padding=(0, 2))
    line.add_column(width=WIDTH, justify="right")
    line.add_column()
    line.add_row(name, text)
    console.print(line)
