"""Articles, each with a slug of its own, and how many like them."""

from typing import Any

from fastapi import APIRouter, HTTPException
from pydantic import BaseModel

from blog.database import Database
from blog.users import Me

router = APIRouter(prefix="/articles", tags=["articles"])


class NewArticle(BaseModel):
    title: str


@router.post("", status_code=201)
async def publish(article: NewArticle, me: Me, database: Database) -> dict[str, Any]:
    slug = article.title.lower().replace(" ", "-")
    if await database.fetchval("SELECT true FROM articles WHERE slug = $1", slug):
        raise HTTPException(409, "there is an article with this title")
    insert = "INSERT INTO articles (slug, title, author) VALUES ($1, $2, $3) RETURNING *"
    return dict(await database.fetchrow(insert, slug, article.title, me))


@router.get("/{slug}")
async def read(slug: str, database: Database) -> dict[str, Any]:
    article = await database.fetchrow("SELECT * FROM articles WHERE slug = $1", slug)
    if article is None:
        raise HTTPException(404, "there is no such article")
    return dict(article)


@router.post("/{slug}/like")
async def like(slug: str, me: Me, database: Database) -> dict[str, Any]:
    article = await read(slug, database)
    likes = article["likes"] + 1
    await database.execute("UPDATE articles SET likes = $1 WHERE slug = $2", likes, slug)
    return {**article, "likes": likes}
