import { describe, expect, it } from "vitest";
import { parseVars, withVar } from "../../scripts/setup/dev-vars.ts";
import { parseToml, withRequired, withWorkspaceId } from "../../scripts/setup/toml.ts";

const toml = (workspace: string, secrets = 'required = ["A"]') =>
  `# mine\n[secrets]\n${secrets}\n\n[vars]\nX = 1\n\n[[vars.WORKSPACES]]\n${workspace}\ntoken = "$T"\n\n[[vars.WORKSPACES]]\nid = "second"\n`;

describe("an edit of wrangler.toml", () => {
  it.each([
    ['id = "old"', 'id = "new"'],
    ["  id='old' # mine, not yours", '  id="new"  # mine, not yours'],
    ['id = "old"                # far', 'id = "new"                # far'],
    ['# id = "x"\nid = "o\\"ld"', '# id = "x"\nid = "new"'],
  ])("puts an id in for %j and changes nothing else", (before, after) => {
    expect(withWorkspaceId(toml(before), "new")).toBe(toml(after));
  });

  it("keeps the line ends of Windows", () => {
    const text = toml('id = "old"').replaceAll("\n", "\r\n");
    expect(withWorkspaceId(text, "new")).toBe(text.replace('"old"', '"new"'));
  });

  it("can put in any id as a text", () => {
    const text = withWorkspaceId(toml('id = "old"'), 'a "b" \\ c');
    expect(parseToml(text ?? "", "x")).toMatchObject({
      vars: { WORKSPACES: [{ id: 'a "b" \\ c' }, { id: "second" }] },
    });
  });

  it.each([
    ["there is no id", "name = 1"],
    ["the id is no plain text", "id = 5"],
    ["the id stands over several lines", 'id = """\nold"""'],
  ])("is not made where %s", (_, workspace) => {
    expect(withWorkspaceId(toml(workspace), "new")).toBeUndefined();
  });

  it("adds names to [secrets], also to an empty list; not to one over several lines", () => {
    expect(withRequired(toml("id = 1"), ["B", "C"])).toContain('required = ["A", "B", "C"]');
    expect(withRequired(toml("id = 1", "required = [ ] # x"), ["B"])).toContain(
      'required = ["B"] # x',
    );
    expect(withRequired(toml("id = 1", 'required = [\n  "A",\n]'), ["B"])).toBeUndefined();
  });
});

describe("an edit of .dev.vars", () => {
  it.each([
    ["", "A", "x", 'A="x"\n'],
    ["# c\nA=\nB=2\n", "A", "x", '# c\nA="x"\nB=2\n'],
    ["B=2", "A", "x", 'B=2\nA="x"\n'],
    ["A=1\nA=2\n", "A", "x", 'A=1\nA="x"\n'],
    ["export A=1\n", "A", "x", 'A="x"\n'],
    ["", "A", "$HOME `x` #", "A='$HOME `x` #'\n"],
    ['A="x" # same\n', "A", "x", 'A="x" # same\n'],
  ])("of %j, with %s = %s, gives %j", (before, name, value, after) => {
    expect(withVar(before, name, value)).toBe(after);
    expect(parseVars(after)[name]).toBe(value);
  });

  it("is not made where it would not be read again as it was meant", () => {
    expect(withVar("", "A", "it's")).toBeUndefined();
    expect(withVar("", "A", "two\nlines")).toBeUndefined();
    expect(withVar('B="\nA=1\n"\n', "A", "x")).toBeUndefined();
  });
});
