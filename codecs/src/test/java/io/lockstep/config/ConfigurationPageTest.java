package io.lockstep.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class ConfigurationPageTest {
    @Test
    void shouldFailWhenThePageIsStale() throws IOException {
        final Path page = Path.of(System.getProperty("basedir", "."), "..", "docs", "configuration.md");

        assertEquals(
                ConfigurationPage.text(),
                Files.readString(page),
                "docs/configuration.md is stale; at the root, run: " + ConfigurationPage.COMMAND);
    }

    @Test
    void shouldHaveASentenceForEveryKey() {
        for (final ConfigKey key : ConfigKeys.rows()) {
            assertFalse(key.sentence().isBlank(), key.name());
            assertFalse(key.sentence().contains("|"), key.name());
        }
    }
}
