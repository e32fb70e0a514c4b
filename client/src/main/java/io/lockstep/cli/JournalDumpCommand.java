package io.lockstep.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.lockstep.archive.replay.ReaderClient;
import io.lockstep.archive.verify.JournalDump;
import io.lockstep.archive.verify.JournalEntry;
import io.lockstep.config.NodeEndpoint;
import io.lockstep.wire.MessageHeaders;
import java.io.PrintWriter;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.function.Consumer;
import org.agrona.concurrent.UnsafeBuffer;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Prints the records of one copy of a journal. */
@Command(
        name = "dump",
        mixinStandardHelpOptions = true,
        description = {
            "Print the records of one copy of a shard's journal, one line for each.",
            "Exit status 1 where the copy is damaged within what was asked for."
        })
final class JournalDumpCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Mixin
    private JournalOptions journals;

    @Mixin
    private OutputOptions output;

    @Option(names = "--node", paramLabel = "N", description = "The node to read. Default: the first.")
    private Integer nodeId;

    @Option(
            names = "--from",
            paramLabel = "POSITION",
            defaultValue = "0",
            description = "Begin with the first record that ends behind this position.")
    private long fromPosition;

    @Option(
            names = "--to",
            paramLabel = "POSITION",
            description = "End with the last record that ends at or before it.")
    private long toPosition = Long.MAX_VALUE;

    @Option(names = "--count", paramLabel = "N", description = "End after N records.")
    private long count = Long.MAX_VALUE;

    @Override
    public Integer call() {
        if (fromPosition < 0 || toPosition < fromPosition || count < 1) {
            throw new ParameterException(
                    spec.commandLine(), "--from, --to and --count describe a stretch, so --from is not behind --to");
        }
        final PrintWriter out = spec.commandLine().getOut();
        final Consumer<JournalEntry> printer =
                entry -> out.println(output.isJson() ? OutputOptions.lineOf(toJson(entry)) : toText(entry));
        final String damage = journals.isOffline() ? dumpFolder(printer) : dumpNode(printer);
        out.flush();
        if (damage != null) {
            throw new CommandFailure("the copy is damaged there: " + damage);
        }
        return 0;
    }

    private String dumpFolder(final Consumer<JournalEntry> printer) {
        final List<Path> folders = journals.folders();
        if (folders.size() > 1) {
            throw new ParameterException(spec.commandLine(), "dump reads one folder, but there are " + folders);
        }
        final int shardId = onlyShard(journals.shardsOfFolders(folders));
        return JournalDump.dumpFolder(folders.get(0), shardId, fromPosition, toPosition, count, printer);
    }

    private String dumpNode(final Consumer<JournalEntry> printer) {
        final NodeEndpoint node = journals.node(nodeId);
        final int shardId = onlyShard(journals.shardsOfNodes());
        try {
            return ReaderClient.use(
                    aeron -> JournalDump.dumpNode(aeron, node, shardId, fromPosition, toPosition, count, printer));
        } catch (final IllegalStateException ex) {
            throw new CommandFailure(ex.getMessage() + "; choose a node that runs with --node", ex);
        }
    }

    private int onlyShard(final List<Integer> shards) {
        if (shards.size() > 1) {
            throw new ParameterException(
                    spec.commandLine(), "there are shards " + shards + "; choose one with --shard");
        }
        return shards.get(0);
    }

    private static ObjectNode toJson(final JournalEntry entry) {
        final ObjectNode object = OutputOptions.newObject()
                .put("kind", entry.kind())
                .put("beginPosition", entry.beginPosition())
                .put("position", entry.endPosition())
                .put("intact", entry.isIntact())
                .put("recordBytes", entry.length())
                .put("shardSequence", entry.shardSequence())
                .put("raftLogPosition", entry.raftLogPosition())
                .put("timestampNs", entry.timestampNs());
        switch (entry.kind()) {
            case "MESSAGE" -> fillMessage(object, entry);
            case "CHECKPOINT" ->
                object.put("rollingHash", String.format("%016x", entry.rollingHash()))
                        .put("recordCount", entry.firstValue())
                        .put("messageCount", entry.secondValue());
            default -> object.put("firstValue", entry.firstValue()).put("secondValue", entry.secondValue());
        }
        return object;
    }

    private static void fillMessage(final ObjectNode object, final JournalEntry entry) {
        object.put("topic", entry.topicName())
                .put("topicId", entry.topicId())
                .put("topicSequence", entry.topicSequence())
                .put("producerId", entry.producerId())
                .put("producerSequence", entry.producerSequence());
        final ObjectNode headers = object.putObject("headers");
        headersOf(entry).forEach(headers::put);
        final String text = textOf(entry.payload());
        if (text != null) {
            object.put("payload", text);
        } else {
            object.put("payloadBase64", Base64.getEncoder().encodeToString(entry.payload()));
        }
    }

    private static String toText(final JournalEntry entry) {
        final StringBuilder line = new StringBuilder();
        line.append(entry.endPosition())
                .append(" #")
                .append(entry.shardSequence())
                .append(' ')
                .append(JournalInfoCommand.timeText(entry.timestampNs()))
                .append(' ')
                .append(entry.kind());
        switch (entry.kind()) {
            case "MESSAGE" -> {
                line.append(' ').append(entry.topicName()).append(" #").append(entry.topicSequence());
                line.append(" by ").append(entry.producerId()).append('/').append(entry.producerSequence());
                final Map<String, String> headers = headersOf(entry);
                line.append(headers.isEmpty() ? "" : " " + headers);
                final String text = textOf(entry.payload());
                line.append(": ").append(text != null ? text : entry.payload().length + " bytes");
            }
            case "CHECKPOINT" ->
                line.append(String.format(
                        " %016x over %d records, %d messages",
                        entry.rollingHash(), entry.firstValue(), entry.secondValue()));
            default -> line.append(' ').append(entry.firstValue()).append(' ').append(entry.secondValue());
        }
        return line.toString();
    }

    private static Map<String, String> headersOf(final JournalEntry entry) {
        return MessageHeaders.decode(new UnsafeBuffer(entry.headers()), 0, entry.headers().length);
    }

    private static String textOf(final byte[] payload) {
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(payload))
                    .toString();
        } catch (final CharacterCodingException ex) {
            // Not text; the caller shows the bytes in another way.
            return null;
        }
    }
}
