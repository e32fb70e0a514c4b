package io.lockstep.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.lockstep.archive.replay.ReaderClient;
import io.lockstep.archive.verify.JournalInfo;
import io.lockstep.config.NodeEndpoint;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** Sums up copies of the journals. */
@Command(
        name = "info",
        mixinStandardHelpOptions = true,
        description = {
            "Sum up every copy of each shard's journal: positions, sequences, times, counts, last checkpoint.",
            "Exit status 1 where a copy is damaged."
        })
final class JournalInfoCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Mixin
    private JournalOptions journals;

    @Mixin
    private OutputOptions output;

    @Override
    public Integer call() {
        final List<JournalInfo> infos = journals.isOffline() ? ofFolders() : ofNodes();
        final PrintWriter out = spec.commandLine().getOut();
        if (output.isJson()) {
            final ObjectNode object = OutputOptions.newObject();
            final ArrayNode array = object.putArray("journals");
            infos.forEach(info -> fill(array.addObject(), info));
            out.println(OutputOptions.lineOf(object));
        } else {
            infos.forEach(info -> print(out, info));
        }
        out.flush();
        return infos.stream().allMatch(info -> info.damage() == null) ? 0 : 1;
    }

    private List<JournalInfo> ofFolders() {
        final List<Path> folders = journals.folders();
        final List<JournalInfo> infos = new ArrayList<>();
        for (final int shardId : journals.shardsOfFolders(folders)) {
            for (final Path folder : folders) {
                infos.add(JournalInfo.ofFolder(folder, shardId));
            }
        }
        return infos;
    }

    private List<JournalInfo> ofNodes() {
        final List<Integer> shards = journals.shardsOfNodes();
        try {
            return ReaderClient.use(aeron -> {
                final List<JournalInfo> infos = new ArrayList<>();
                for (final int shardId : shards) {
                    for (final NodeEndpoint node : journals.nodes()) {
                        infos.add(JournalInfo.ofNode(aeron, node, shardId));
                    }
                }
                return infos;
            });
        } catch (final IllegalStateException ex) {
            throw new CommandFailure(
                    ex.getMessage() + "; 'lockstep status' shows which nodes run, name only those with --nodes", ex);
        }
    }

    private static void fill(final ObjectNode object, final JournalInfo info) {
        object.put("name", info.name())
                .put("shard", info.shardId())
                .put("startPosition", info.startPosition())
                .put("endPosition", info.endPosition())
                .put("firstShardSequence", info.firstSequence())
                .put("lastShardSequence", info.lastSequence())
                .put("firstTimestampNs", info.firstTimestampNs())
                .put("lastTimestampNs", info.lastTimestampNs())
                .put("records", info.records())
                .put("messages", info.messages())
                .put("checkpoints", info.checkpoints())
                .put("recordBytes", info.bytes())
                .put("checkpointPosition", info.checkpointPosition())
                .put("checkpointHash", String.format("%016x", info.checkpointHash()))
                .put("damage", info.damage());
    }

    private static void print(final PrintWriter out, final JournalInfo info) {
        out.printf(
                "shard %d of %s: positions %d to %d, sequences %d to %d, %s to %s%n",
                info.shardId(),
                info.name(),
                info.startPosition(),
                info.endPosition(),
                info.firstSequence(),
                info.lastSequence(),
                timeText(info.firstTimestampNs()),
                timeText(info.lastTimestampNs()));
        out.printf(
                "  %d records (%d bytes): %d messages, %d checkpoints, the last %016x at %d%n",
                info.records(),
                info.bytes(),
                info.messages(),
                info.checkpoints(),
                info.checkpointHash(),
                info.checkpointPosition());
        if (info.damage() != null) {
            out.printf("  DAMAGED: %s%n", info.damage());
        }
    }

    static String timeText(final long timestampNs) {
        return timestampNs < 0
                ? "-"
                : Instant.ofEpochSecond(timestampNs / 1_000_000_000L, timestampNs % 1_000_000_000L)
                        .toString();
    }
}
