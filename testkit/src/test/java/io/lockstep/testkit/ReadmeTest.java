package io.lockstep.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class ReadmeTest {
    private static final Path MODULE = Path.of(System.getProperty("basedir", "."));
    private static final String NODES = "\"localhost:20000,localhost:20100,localhost:20200\"";

    @Test
    void shouldShowTheClientThatIsCompiledWhenItShowsOne() throws IOException {
        // given
        final String source = Files.readString(MODULE.resolve("src/test/java/io/lockstep/testkit/ReadmeClient.java"));
        final String readme = Files.readString(MODULE.resolve("../README.md"));

        // when
        final String compiled = between(source, "// README begin\n", "// README end")
                .stripIndent()
                .replace("connect(nodes)", "connect(" + NODES + ")");
        final String shown = between(readme, "```java\n", "```");

        // then
        assertEquals(compiled, shown, "change ReadmeClient and README.md together");
    }

    @Test
    void shouldShowTheTestThatIsCompiledWhenThePageShowsOne() throws IOException {
        // given
        final String source =
                Files.readString(MODULE.resolve("src/test/java/io/lockstep/testkit/TestingPageSystemTest.java"));
        final String page = Files.readString(MODULE.resolve("../docs/testing.md"));

        // when
        final String compiled =
                between(source, "// Page begin\n", "// Page end").stripIndent();
        final String shown = between(page, "```java\n", "```");

        // then
        assertEquals(compiled, shown, "change TestingPageSystemTest and docs/testing.md together");
    }

    private static String between(final String text, final String begin, final String end) {
        final int from = text.indexOf(begin) + begin.length();
        final int to = text.indexOf(end, from);
        assertEquals(text.indexOf(begin), text.lastIndexOf(begin), () -> "more than one '" + begin.strip() + "'");
        return text.substring(from, to);
    }
}
