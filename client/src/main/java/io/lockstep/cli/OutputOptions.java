package io.lockstep.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import picocli.CommandLine.Option;

/** The option that says how to print. A picocli mixin. */
public final class OutputOptions {
    private static final ObjectMapper MAPPER = new ObjectMapper();

    @Option(
            names = "--output",
            paramLabel = "FORMAT",
            defaultValue = "text",
            description = "text or json: one JSON object per result, keys in camelCase with units.")
    private OutputFormat format = OutputFormat.TEXT;

    /** For picocli. */
    public OutputOptions() {}

    /**
     * Whether JSON is asked for.
     *
     * @return true if so.
     */
    public boolean isJson() {
        return format == OutputFormat.JSON;
    }

    /**
     * An empty JSON object.
     *
     * @return the object, to be filled.
     */
    public static ObjectNode newObject() {
        return MAPPER.createObjectNode();
    }

    /**
     * A JSON object as one line.
     *
     * @param object filled.
     * @return the line without its end.
     */
    public static String lineOf(final ObjectNode object) {
        try {
            return MAPPER.writeValueAsString(object);
        } catch (final JsonProcessingException ex) {
            throw new IllegalStateException("a JSON tree could not be written", ex);
        }
    }
}
