package io.lockstep.config;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Writes {@code docs/configuration.md} from the rows of {@link ConfigKeys}. */
public final class ConfigurationPage {
    /** Command that brings the page up to date, run at the root of the project. */
    public static final String COMMAND = "mvn -q -pl codecs compile && java -cp codecs/target/classes"
            + " io.lockstep.config.ConfigurationPage docs/configuration.md";

    private ConfigurationPage() {}

    /**
     * Writes the page.
     *
     * @param args one: the file.
     * @throws IOException where it cannot be written.
     */
    public static void main(final String[] args) throws IOException {
        if (args.length != 1) {
            System.err.println("usage: ConfigurationPage FILE");
            System.exit(2);
        }
        Files.writeString(Path.of(args[0]), text());
    }

    /**
     * The page.
     *
     * @return Markdown.
     */
    public static String text() {
        final StringBuilder page = new StringBuilder(8_192);
        page.append("# Configuration\n\n")
                .append("<!-- Generated from io.lockstep.config.ConfigKeys; do not edit. To refresh:\n")
                .append(COMMAND)
                .append(" -->\n\n")
                .append(
                        "One YAML file describes a cluster for every process of it; `conf/lockstep.yaml` is a sample.\n")
                .append(
                        "An unknown key, a key that is there twice or a value that is not allowed stops the process with\n")
                .append(
                        "a sentence that names file and line. Each process prints the effective configuration when it\n")
                .append("starts, with secrets masked.\n\n")
                .append(
                        "Durations are a whole number and one of `ns us ms s m h d`; sizes are bytes or have a binary unit\n")
                .append(
                        "`k m g t`. The environment variable of a key overrides the file; a variable that starts like\n")
                .append("one of these but belongs to no key is an error too. Lists are written on one line there:\n")
                .append("`LOCKSTEP_NODES=0=host-a:20000,1=host-b:20000`,\n")
                .append(
                        "`LOCKSTEP_GATEWAYS=0=host-a:1883:1880` (MQTT port, then HTTP port; other listeners stand in the file only) and\n")
                .append("`LOCKSTEP_ROUTES=plant=1,plant/7=0` (prefixes without commas).\n\n")
                .append(
                        "`journal.*` (but for `journal.segmentLength`), `limits.*` and `routes` only seed the replicated state:\n")
                .append("they count when a cluster starts for the first time; `lockstep settings set` and\n")
                .append("`lockstep routes set` change them later.\n\n")
                .append("| key | it takes | default | environment variable | what it does |\n")
                .append("|---|---|---|---|---|\n");
        for (final ConfigKey key : ConfigKeys.rows()) {
            page.append("| `")
                    .append(key.name())
                    .append("` | ")
                    .append(key.allowed())
                    .append(" | ")
                    .append(defaultCell(key))
                    .append(" | ")
                    .append(key.isItemKey() ? "" : '`' + key.environmentVariable() + '`')
                    .append(" | ")
                    .append(key.sentence())
                    .append(" |\n");
        }
        return page.toString();
    }

    private static String defaultCell(final ConfigKey key) {
        if (key.defaultValue() == null) {
            return "required";
        }
        return key.defaultValue().isEmpty() ? "none" : '`' + key.defaultValue() + '`';
    }
}
