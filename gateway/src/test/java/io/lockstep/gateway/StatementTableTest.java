package io.lockstep.gateway;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The table of MQTT's numbered statements is complete, and what it and that of traps name exists. */
class StatementTableTest {
    private static final Path TABLE = Path.of("../docs/mqtt.md");
    private static final Path IDS = Path.of("src/test/resources/mqtt-statements.txt");
    private static final List<Path> TESTS = List.of(Path.of("src/test/java"), Path.of("../testkit/src/test/java"));
    private static final Pattern ROW =
            Pattern.compile("\\| ((?:3\\.1\\.1 )?MQTT-\\d+(?:\\.\\d+)+-\\d+) \\| (.+) \\| (.+) \\|");
    private static final Pattern TEST = Pattern.compile("`(\\w+Test)\\.(\\w+)`");
    private static final String TRAPS_HEADING = "## What other brokers got wrong";
    private static final int LEAST_TRAPS = 16;
    private static final List<String> REASONS = List.of("about the client: ", "does not apply: ");

    private static final Map<String, String> EVIDENCE_BY_ID = new LinkedHashMap<>();
    private static final Map<String, String> SOURCE_BY_CLASS = new LinkedHashMap<>();
    private static final List<String> TRAPS = new ArrayList<>();
    private static final List<String> TWICE = new ArrayList<>();
    private static final List<String> UNREADABLE = new ArrayList<>();

    @BeforeAll
    static void read() throws IOException {
        String heading = "";
        for (final String line : Files.readAllLines(TABLE)) {
            heading = line.startsWith("## ") ? line : heading;
            if (heading.equals(TRAPS_HEADING) && line.startsWith("| ")) {
                TRAPS.add(line);
            }
            final Matcher row = ROW.matcher(line);
            if (row.matches()) {
                if (EVIDENCE_BY_ID.put(row.group(1), row.group(3)) != null) {
                    TWICE.add(row.group(1));
                }
            } else if (line.contains("MQTT-")) {
                UNREADABLE.add(line);
            }
        }
        for (final Path folder : TESTS) {
            try (Stream<Path> files = Files.walk(folder)) {
                for (final Path file : files.filter(path -> path.toString().endsWith("Test.java"))
                        .toList()) {
                    final String name = file.getFileName().toString();
                    SOURCE_BY_CLASS.put(name.substring(0, name.length() - 5), Files.readString(file));
                }
            }
        }
    }

    @Test
    void shouldHaveARowForEachStatementAndNoOther() throws IOException {
        assertEquals(List.of(), UNREADABLE);
        assertEquals(List.of(), TWICE);
        assertEquals(Files.readAllLines(IDS), List.copyOf(EVIDENCE_BY_ID.keySet()));
    }

    @Test
    void shouldNameATestThatExistsOrAReason() {
        final List<String> bad = new ArrayList<>();
        EVIDENCE_BY_ID.forEach((id, evidence) -> {
            if (!isReason(evidence) && !isTest(evidence)) {
                bad.add(id + ": " + evidence);
            }
        });
        assertEquals(List.of(), bad);
    }

    @Test
    void shouldNameTestsThatExistForEachTrap() {
        // Below the names of the columns.
        final List<String> rows = TRAPS.subList(1, TRAPS.size());
        assertEquals(List.of(), rows.stream().filter(row -> !hasOnlyTests(row)).toList());
        assertTrue(rows.size() >= LEAST_TRAPS, rows.size() + " traps");
    }

    @Test
    void shouldTestMostStatements() {
        final long tested = EVIDENCE_BY_ID.values().stream()
                .filter(StatementTableTest::isTest)
                .count();

        System.out.println(EVIDENCE_BY_ID.size() + " statements of MQTT: " + tested + " tested");

        assertTrue(tested > EVIDENCE_BY_ID.size() / 2, tested + " are tested");
    }

    private static boolean isReason(final String evidence) {
        return REASONS.stream().anyMatch(start -> evidence.startsWith(start) && evidence.length() > start.length());
    }

    private static boolean hasOnlyTests(final String row) {
        final String[] columns = row.split(" \\| ", -1);
        return columns.length == 2
                && Stream.of(columns[1].replaceAll(" \\|$", "").split(", ")).allMatch(StatementTableTest::isTest);
    }

    private static boolean isTest(final String evidence) {
        final Matcher test = TEST.matcher(evidence);
        if (!test.matches()) {
            return false;
        }
        final String source = SOURCE_BY_CLASS.get(test.group(1));
        return source != null
                && Pattern.compile("@(Test|ParameterizedTest)\\b(?:(?!\\n    }\\n)[\\s\\S])*?\\bvoid " + test.group(2)
                                + "\\(")
                        .matcher(source)
                        .find();
    }
}
