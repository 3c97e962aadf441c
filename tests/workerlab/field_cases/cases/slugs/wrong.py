"""Articles with a readable address that is made from the title.

Cut from https://github.com/supakeen/pinnwand/issues/34 (2020-01-25): a free slug is looked for, and
may be taken when the row is written. Then the request fails with an IntegrityError.
"""

from fastapi import FastAPI
from pydantic import BaseModel
from sqlalchemy import create_engine, select
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

engine = create_engine("sqlite:///articles.db", connect_args={"timeout": 10})
app = FastAPI()


class Base(DeclarativeBase):
    pass


class Article(Base):
    __tablename__ = "articles"
    id: Mapped[int] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(unique=True)
    text: Mapped[str]


class Draft(BaseModel):
    title: str
    text: str


Base.metadata.create_all(engine)


def candidates(title: str):
    base, number = title.lower().replace(" ", "-"), 1
    yield base
    while number := number + 1:
        yield f"{base}-{number}"


@app.post("/articles", status_code=201)
def create(draft: Draft):
    with Session(engine) as session:
        taken = set(session.scalars(select(Article.slug)))
        slug = next(one for one in candidates(draft.title) if one not in taken)
        session.add(Article(slug=slug, text=draft.text))
        session.commit()
    return {"slug": slug}


@app.get("/articles")
def slugs():
    with Session(engine) as session:
        return sorted(session.scalars(select(Article.slug)))
