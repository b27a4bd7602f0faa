"""Works in a notebook in JupyterLab as a reader does, and says what comes of it.

Usage: lab.py ADDRESS CHAPTER SHEET BROWSER. Prints a line for each step: its name and ok,
or what was wrong with the one that stopped it. The cells are those of page in
lab_test.go. The notebook at the address CHAPTER is saved without a change. At SHEET is a problem sheet whose last cell is a check.
"""

import re
import sys
import traceback

from playwright.sync_api import expect, sync_playwright

TITLE, IMPORTS, FIGURE, CHART, ENDLESS, ANSWER, EMPTY, FAR, EQUATION = range(9)
STEPS = "open link figure chart interrupt again complete document restart save untouched almost".split()
SECOND = 1000
PATIENCE = 60 * SECOND

# How many colours an image or a canvas has: one that wasn't painted has one.
COLOURS = """(e) => {
  const canvas = document.createElement("canvas");
  canvas.width = 200; canvas.height = 120;
  const c = canvas.getContext("2d");
  c.drawImage(e, 0, 0, 200, 120);
  return new Set(new Uint32Array(c.getImageData(0, 0, 200, 120).data.buffer)).size;
}"""

# The live charts of a cell.
LIVE = """(cell) => [...cell.querySelectorAll("[data-ww]")].filter((e) => {
  const chart = globalThis.echarts?.getInstanceByDom(e);
  return chart && !chart.isDisposed() && e.querySelector("canvas")?.getBoundingClientRect().height > 100;
}).length"""


class Reader:
    def __init__(self, page, chapter, sheet):
        self.page, self.chapter, self.sheet = page, chapter, sheet

    def cell(self, number):
        return self.page.locator(".jp-Notebook .jp-Cell").nth(number)

    def output(self, number):
        return self.cell(number).locator(".jp-OutputArea")

    def menu(self, name, entry):
        self.page.get_by_role("menubar").get_by_text(name, exact=True).click()
        self.page.locator(".lm-Menu-item", has_text=entry).first.click()

    def connected(self):
        """Waits until the kernel is there. Until it runs a cell, its state is unknown."""
        expect(self.page.locator(".jp-KernelName")).to_have_text("Go (gonb)")
        expect(self.page.locator(".jp-Notebook-ExecutionIndicator")).to_have_attribute("data-status", re.compile("unknown|idle"))

    def editor(self, number):
        """Goes into a cell."""
        self.cell(number).locator(".cm-content").click()

    def counted(self, number, count=r"\d+"):
        """Waits until a cell has run."""
        expect(self.cell(number).locator(".jp-InputArea-prompt")).to_have_text(re.compile(rf"^\[{count}\]:$"))

    def run(self, number):
        """Runs a cell that has run before."""
        prompt = self.cell(number).locator(".jp-InputArea-prompt")
        before = prompt.inner_text()
        self.editor(number)
        self.page.keyboard.press("Control+Enter")
        expect(prompt).not_to_have_text(before)
        self.counted(number)

    def painted(self, element):
        element.scroll_into_view_if_needed()
        box = element.bounding_box()
        assert box["width"] > 100 and box["height"] > 100, box
        self.page.wait_for_function(f"(e) => ({COLOURS})(e) > 3", arg=element.element_handle())

    def open(self):
        self.connected()
        expect(self.page.locator(".jp-Notebook .jp-Cell")).to_have_count(EQUATION + 2)

    def link(self):
        target = self.cell(EQUATION).locator(".jp-RenderedMarkdown").get_by_text("Here it is.")
        expect(target).not_to_be_in_viewport()
        self.page.get_by_role("link", name="(1)").click()
        expect(target).to_be_in_viewport()

    def live(self):
        """Looks for one chart, which answers to the pointer, and waits for it."""
        self.counted(CHART)
        self.page.wait_for_function(f"(cell) => ({LIVE})(cell) == 1", arg=self.cell(CHART).element_handle())
        expect(self.output(CHART).locator("[data-ww]")).to_have_count(1)
        expect(self.output(CHART).locator("canvas")).to_have_count(1)
        self.painted(self.output(CHART).locator("canvas"))

    def figure(self):
        self.menu("Run", "Run All Cells")
        self.counted(FIGURE)
        image = self.output(FIGURE).locator("img")
        expect(image).to_have_count(1)
        assert image.evaluate("(e) => e.decode().then(() => e.naturalWidth)") > 100
        self.painted(image)

    def chart(self):
        self.live()
        self.painted(self.output(CHART).locator("img"))

    def interrupt(self):
        expect(self.output(ENDLESS).get_by_text("it runs")).to_be_visible()
        self.menu("Kernel", "Interrupt Kernel")
        expect(self.output(ENDLESS).get_by_text("it stops")).to_be_visible(timeout=10 * SECOND)
        expect(self.output(ANSWER).get_by_text("42")).to_be_visible()

    def again(self):
        self.run(CHART)
        self.live()

    def complete(self):
        self.editor(EMPTY)
        self.page.keyboard.type("%%\nmeasure.Bim")
        # What comes too late isn't shown, so ask until the first answer is there.
        offered = self.page.locator(".jp-Completer-item", has_text="Bimodal")
        written = self.cell(EMPTY).locator(".cm-content", has_text="measure.Bimodal")
        for _ in range(60):
            self.page.keyboard.press("Tab")
            try:
                expect(offered.or_(written).first).to_be_visible(timeout=2 * SECOND)
                break
            except AssertionError:
                pass
        if offered.count():
            self.page.keyboard.press("Enter")
        expect(written).to_be_visible()

    def document(self):
        self.page.keyboard.press("Shift+Tab")
        expect(self.page.locator(".jp-Tooltip")).to_contain_text("Bimodal returns")
        self.page.keyboard.press("Escape")
        self.page.keyboard.press("Control+A")
        self.page.keyboard.press("Delete")

    def restart(self):
        self.menu("Kernel", "Restart Kernel…")
        self.page.locator(".jp-Dialog .jp-mod-accept").click()
        self.connected()
        self.run(IMPORTS)
        self.counted(IMPORTS, 1)
        self.run(FIGURE)
        self.counted(FIGURE, 2)
        self.painted(self.output(FIGURE).locator("img"))

    def save(self):
        def saved(response):
            return response.request.method == "PUT" and "/api/contents/" in response.url

        with self.page.expect_response(saved) as response:
            self.page.keyboard.press("Control+S")
        assert response.value.ok, response.value.status_text

    def untouched(self):
        self.page.goto(self.chapter)
        self.connected()
        expect(self.page.locator(".jp-MarkdownCell .MathJax, .jp-MarkdownCell mjx-container").first).to_be_visible()
        self.save()

    def almost(self):
        self.page.goto(self.sheet)
        self.connected()
        self.menu("Run", "Run All Cells")
        said = self.page.locator(".jp-Notebook .jp-Cell").last.locator(".jp-OutputArea")
        expect(said).to_contain_text("two points: … almost: off by 0.03 of it, where 1e-09 is asked for")
        assert said.inner_text().count("\n") < 3, said.inner_text()


def main(address, chapter, sheet, browser):
    errors = []
    with sync_playwright() as p:
        chromium = p.chromium.launch(executable_path=browser, args=["--no-sandbox", "--disable-gpu"])
        page = chromium.new_page(viewport={"width": 1300, "height": 900})
        page.set_default_timeout(PATIENCE)
        expect.set_options(timeout=PATIENCE)

        # JupyterLab's own scripts, which come from /static/, report their own errors.
        def console(message):
            if message.type == "error" and "/static/" not in message.location["url"]:
                errors.append(f"{message.text} at {message.location}")

        def uncaught(error):
            where = re.search(r"https?://\S+", error.stack or "")
            if not where or "/static/" not in where[0]:
                errors.append(error.stack or error.message)

        page.on("console", console)
        page.on("pageerror", uncaught)
        page.goto(address)
        reader = Reader(page, chapter, sheet)
        for step in STEPS:
            try:
                getattr(reader, step)()
                print(f"{step}: ok", flush=True)
            except Exception as e:
                at = traceback.extract_tb(e.__traceback__)[1]
                print(f"{step}: line {at.lineno}, {at.line}: {str(e)!r}", flush=True)
                break
        print("console:", errors or "ok")
        chromium.close()


main(*sys.argv[1:])
