"""Clients that generators make of the description compile under strict TypeScript, with calls and values of their own types."""

import json
import sys
from pathlib import Path

import pytest

from tests.builders.description import documentation
from tests.builders.processes import ran

pytestmark = [pytest.mark.whole, pytest.mark.needs("npm", "java")]
TYPESCRIPT, TYPES, CLIENT = "typescript@5.9.3", "openapi-typescript@7.13.0", "openapi-generator-cli==7.26.0"
"""openapi-typescript 7 takes no TypeScript of 6 and later; openapi-generator 7.14 forgets the imports of what a discriminator tells apart."""
OPTIONS = {
    "compilerOptions": {
        "strict": True,
        "target": "es2020",
        "lib": ["es2020", "dom"],
        "module": "commonjs",
        "noEmit": True,
        "types": [],
    },
    "include": ["**/*.ts"],
}
OF_TYPES = """
import type { components, paths } from "./api";
type Lodged = paths["/v1/declarations"]["post"]["responses"]["200"]["content"]["application/json"];
type Filters = NonNullable<paths["/v1/declarations"]["get"]["parameters"]["query"]>;
export const filters: Filters = { effect: ["hold", "refuse"], limit: 10 };
// @ts-expect-error there is no such effect
export const none: Filters = { effect: ["held"] };
export const detail = (problem: components["schemas"]["Problem"]): string => problem.title;
export const event = (sent: components["schemas"]["WebhookEventBody"]): string => sent.type;
export const mrn = (answer: Lodged): string | null =>
    answer.resource === "declaration" ? answer.mrn : answer.declaration.mrn;
"""
OF_CLIENT = """
import { Configuration, DeclarationsApi, Effect, WebhooksApi } from "./index";
const configuration = new Configuration({ basePath: "https://gateway.example", apiKey: "made-up" });
export const held = () => new DeclarationsApi(configuration).listDeclarations({ effect: [Effect.Hold] });
export const mrn = async (body: string) => {
    const answer = await new DeclarationsApi(configuration).lodgeDeclaration({ body });
    return answer.resource === "declaration" ? answer.mrn : answer.declaration.mrn;
};
export const mine = () => new WebhooksApi(configuration).listWebhooks();
export const made = () =>
    new WebhooksApi(configuration).makeWebhook({ newWebhook: { address: "https://customs.example/events" } });
"""


def worked(*command: str, cwd: Path) -> str:
    done = ran(command, cwd=cwd, timeout=180)
    assert done.returncode == 0, (done.stdout + done.stderr)[-3000:]
    return done.stdout


@pytest.mark.timeout(400)
def test_what_generators_make_of_the_description_compiles(tmp_path: Path) -> None:
    (tmp_path / "api.json").write_text(json.dumps(documentation()))
    (tmp_path / "package.json").write_text("{}")
    worked("npm", "install", "--no-audit", "--no-fund", "--ignore-scripts", TYPESCRIPT, TYPES, cwd=tmp_path)
    worked(f"{Path(sys.executable).parent}/uv", "pip", "install", "-q", "--target", "generator", CLIENT, cwd=tmp_path)
    (jar,) = (tmp_path / "generator").rglob("*.jar")
    for folder, use in (("types", OF_TYPES), ("client", OF_CLIENT)):
        (tmp_path / folder).mkdir()
        if folder == "types":
            worked("npx", "openapi-typescript", "api.json", "-o", "types/api.ts", cwd=tmp_path)
        else:
            made = worked(
                "java",
                "-jar",
                str(jar),
                "generate",
                "-g",
                "typescript-fetch",
                "-i",
                "api.json",
                "-o",
                "client",
                cwd=tmp_path,
            )
            assert "COLLISION" not in made
        (tmp_path / folder / "tsconfig.json").write_text(json.dumps(OPTIONS))
        (tmp_path / folder / "use.ts").write_text(use)
        worked("npx", "tsc", "-p", folder, cwd=tmp_path)
