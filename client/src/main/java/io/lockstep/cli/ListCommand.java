package io.lockstep.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.lockstep.client.LockstepClient;
import io.lockstep.topic.TopicFilter;
import java.io.PrintWriter;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/**
 * Lists what matches a filter, as a table or as one JSON object that holds an array.
 *
 * @param <T> of the entries.
 */
abstract class ListCommand<T> implements Callable<Integer> {
    private final String clientName;
    private final String arrayName;

    @Spec
    private CommandSpec spec;

    @Mixin
    private ClusterOptions cluster;

    @Mixin
    private OutputOptions output;

    @Parameters(
            arity = "0..1",
            paramLabel = "FILTER",
            defaultValue = "#",
            description = "Filter of names with '+' and '#', as for topics. Default: all.")
    private String filter;

    /** What the client is called in the cluster, and the array of the entries in JSON. */
    ListCommand(final String clientName, final String arrayName) {
        this.clientName = clientName;
        this.arrayName = arrayName;
    }

    /** Asks the cluster; called once. */
    abstract List<T> ask(LockstepClient client, String checkedFilter, long timeoutNs);

    /** Writes an entry into an empty object. */
    abstract void putEntry(ObjectNode object, T entry);

    /** The columns of the table. */
    abstract Table<T> table();

    /** Adds what there is beside the entries. */
    void putMore(final ObjectNode result) {}

    /** Prints what there is beside the entries. */
    void printMore(final PrintWriter out) {}

    @Override
    public final Integer call() {
        try {
            TopicFilter.parse(filter);
        } catch (final IllegalArgumentException ex) {
            throw new ParameterException(spec.commandLine(), ex.getMessage(), ex);
        }
        final List<T> entries;
        try (LockstepClient client = cluster.connect(clientName)) {
            entries = ask(client, filter, cluster.connectTimeoutNs());
        }
        final PrintWriter out = spec.commandLine().getOut();
        if (output.isJson()) {
            final ObjectNode result = OutputOptions.newObject();
            final ArrayNode array = result.putArray(arrayName);
            entries.forEach(entry -> putEntry(array.addObject(), entry));
            putMore(result);
            out.println(OutputOptions.lineOf(result));
        } else {
            table().print(out, entries);
            printMore(out);
        }
        out.flush();
        return 0;
    }
}
