"""A library with twenty endpoints on SQLite: some of them race, and the others do not (see planted.py)."""

import os
import sqlite3
from collections.abc import Iterator
from typing import Annotated

from fastapi import Depends, FastAPI, HTTPException
from pydantic import BaseModel, Field

app = FastAPI()
TABLES = """
CREATE TABLE IF NOT EXISTS books (id INTEGER PRIMARY KEY, title TEXT, shelf TEXT, copies INTEGER);
CREATE TABLE IF NOT EXISTS members (id INTEGER PRIMARY KEY, email TEXT, nickname TEXT, fines INTEGER);
CREATE TABLE IF NOT EXISTS reservations (
  id INTEGER PRIMARY KEY, book INTEGER, member INTEGER, state TEXT, notices INTEGER,
  UNIQUE (book, member));
CREATE TABLE IF NOT EXISTS visits (day TEXT PRIMARY KEY, number INTEGER);
"""


def connect() -> sqlite3.Connection:
    return sqlite3.connect(os.environ["STATE_FILE"], timeout=5, isolation_level=None)


def connection() -> Iterator[sqlite3.Connection]:
    database = sqlite3.connect(
        os.environ["STATE_FILE"], timeout=5, isolation_level=None, check_same_thread=False
    )
    try:
        yield database
    finally:
        database.close()


Database = Annotated[sqlite3.Connection, Depends(connection)]
with connect() as first:
    first.executescript(TABLES)
first.close()


def row_of(database: sqlite3.Connection, query: str, *values: object) -> tuple:
    row = database.execute(query, values).fetchone()
    if row is None:
        raise HTTPException(404, "there is none")
    return row


class Book(BaseModel):
    title: str = Field(min_length=3)
    copies: int = Field(1, ge=1)


class BookChange(BaseModel):
    title: str | None = None
    shelf: str | None = None


class Member(BaseModel):
    email: str


class Money(BaseModel):
    amount: int = Field(gt=0)


class Nickname(BaseModel):
    nickname: str = Field(max_length=12)


class Reservation(BaseModel):
    book_id: int
    member_id: int


@app.post("/books", status_code=201)
def new_book(book: Book, database: Database):
    row = (book.title, "A", book.copies)
    made = database.execute("INSERT INTO books (title, shelf, copies) VALUES (?, ?, ?)", row)
    return {"id": made.lastrowid, "title": book.title}


@app.get("/books")
def all_books(database: Database):
    return [title for (title,) in database.execute("SELECT title FROM books ORDER BY id")]


@app.get("/books/{book_id}")
def book(book_id: int, database: Database):
    title, shelf, copies = row_of(
        database, "SELECT title, shelf, copies FROM books WHERE id = ?", book_id
    )
    return {"title": title, "shelf": shelf, "copies": copies}


@app.post("/books/{book_id}/borrow")
def borrow(book_id: int, database: Database):
    (copies,) = row_of(database, "SELECT copies FROM books WHERE id = ?", book_id)
    if copies < 1:
        raise HTTPException(409, "all are lent")
    database.execute("UPDATE books SET copies = ? WHERE id = ?", (copies - 1, book_id))
    return {"borrowed": True}


@app.post("/books/{book_id}/return")
def give_back(book_id: int, database: Database):
    done = database.execute("UPDATE books SET copies = copies + 1 WHERE id = ?", (book_id,))
    if not done.rowcount:
        raise HTTPException(404, "there is none")
    return {"returned": True}


@app.patch("/books/{book_id}")
def change(book_id: int, change: BookChange, database: Database):
    title, shelf = row_of(database, "SELECT title, shelf FROM books WHERE id = ?", book_id)
    title, shelf = change.title or title, change.shelf or shelf
    database.execute("UPDATE books SET title = ?, shelf = ? WHERE id = ?", (title, shelf, book_id))
    return {"title": title, "shelf": shelf}


@app.delete("/books/{book_id}")
def remove(book_id: int, database: Database):
    if not database.execute("DELETE FROM books WHERE id = ?", (book_id,)).rowcount:
        raise HTTPException(404, "there is none")
    return {"removed": True}


@app.post("/members", status_code=201)
def join(member: Member, database: Database):
    known = database.execute("SELECT id FROM members WHERE email = ?", (member.email,)).fetchone()
    if known:
        raise HTTPException(409, "is a member already")
    row = (member.email, "", 0)
    made = database.execute("INSERT INTO members (email, nickname, fines) VALUES (?, ?, ?)", row)
    return {"id": made.lastrowid}


@app.get("/members/{member_id}")
def member(member_id: int, database: Database):
    email, nickname = row_of(
        database, "SELECT email, nickname FROM members WHERE id = ?", member_id
    )
    return {"email": email, "nickname": nickname}


@app.put("/members/{member_id}/nickname")
def rename(member_id: int, nickname: Nickname, database: Database):
    row = (nickname.nickname, member_id)
    database.execute("UPDATE members SET nickname = ? WHERE id = ?", row)
    return nickname


@app.get("/members/{member_id}/fines")
def fines(member_id: int, database: Database):
    return {"fines": row_of(database, "SELECT fines FROM members WHERE id = ?", member_id)[0]}


@app.post("/members/{member_id}/fines")
def fine(member_id: int, money: Money, database: Database):
    (fines,) = row_of(database, "SELECT fines FROM members WHERE id = ?", member_id)
    fines += money.amount
    database.execute("UPDATE members SET fines = ? WHERE id = ?", (fines, member_id))
    return {"fined": money.amount}


@app.post("/members/{member_id}/payments")
def pay(member_id: int, money: Money, database: Database):
    done = database.execute(
        "UPDATE members SET fines = fines - ?1 WHERE id = ?2 AND fines >= ?1",
        (money.amount, member_id),
    )
    if not done.rowcount:
        raise HTTPException(409, "that is more than there is to pay")
    return {"paid": money.amount}


@app.post("/reservations", status_code=201)
def reserve(wish: Reservation, database: Database):
    row = (wish.book_id, wish.member_id, "open", 0)
    made = database.execute(
        "INSERT OR IGNORE INTO reservations (book, member, state, notices) VALUES (?, ?, ?, ?)", row
    )
    if not made.rowcount:
        raise HTTPException(409, "is reserved already")
    return {"id": made.lastrowid}


@app.get("/reservations/{reservation_id}")
def reservation(reservation_id: int, database: Database):
    state, notices = row_of(
        database, "SELECT state, notices FROM reservations WHERE id = ?", reservation_id
    )
    return {"state": state, "notices": notices}


@app.post("/reservations/{reservation_id}/confirm")
def confirm(reservation_id: int, database: Database):
    (state,) = row_of(database, "SELECT state FROM reservations WHERE id = ?", reservation_id)
    if state != "open":
        raise HTTPException(409, f"it is {state}")
    database.execute(
        "UPDATE reservations SET state = 'confirmed', notices = notices + 1 WHERE id = ?",
        (reservation_id,),
    )
    return {"state": "confirmed"}


@app.post("/reservations/{reservation_id}/cancel")
def cancel(reservation_id: int, database: Database):
    done = database.execute(
        "UPDATE reservations SET state = 'cancelled' WHERE id = ? AND state != 'cancelled'",
        (reservation_id,),
    )
    if not done.rowcount:
        raise HTTPException(409, "it is cancelled")
    return {"state": "cancelled"}


@app.post("/visits/{day}")
def visit(day: str, database: Database):
    database.execute(
        "INSERT INTO visits VALUES (?, 1) ON CONFLICT DO UPDATE SET number = number + 1", (day,)
    )
    return {"counted": True}


@app.get("/visits/{day}")
def visits(day: str, database: Database):
    row = database.execute("SELECT number FROM visits WHERE day = ?", (day,)).fetchone()
    return {"visits": row[0] if row else 0}
