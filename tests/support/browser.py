"""A headless Chromium in which pages are opened from disk, as a reader would."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from selenium import webdriver
from selenium.webdriver.support.ui import WebDriverWait

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser"))), None)
DRIVER = shutil.which("chromedriver")

NEEDS_BROWSER = [
    pytest.mark.slow,
    pytest.mark.skipif(
        not (CHROMIUM and DRIVER),
        reason="no Chromium here: apt-get install chromium chromium-driver",
    ),
]


@contextmanager
def started() -> Iterator[webdriver.Chrome]:
    """The browser, with its logs, until it is no longer needed."""
    options = webdriver.ChromeOptions()
    options.binary_location = CHROMIUM or ""
    for argument in ("--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars"):
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    driver = webdriver.Chrome(options, webdriver.ChromeService(DRIVER))
    yield driver
    driver.quit()


def visit(driver: webdriver.Chrome, page: str) -> None:
    """Open the page and wait until it has unpacked and drawn everything."""
    driver.get(page)
    WebDriverWait(driver, 20).until(
        lambda driver: driver.execute_script(
            "const seen = document.documentElement.dataset;"
            "return seen.cells === 'ready' && seen.curves === 'ready'"
        )
    )


def screen(driver: webdriver.Chrome, width: int, theme: str = "light") -> None:
    """A screen of this many CSS pixels, 800 high, whose reader wants this theme."""
    size = {"width": width, "height": 800, "deviceScaleFactor": 1, "mobile": width < 500}
    driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    wish = [{"name": "prefers-color-scheme", "value": theme}]
    driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": wish})
