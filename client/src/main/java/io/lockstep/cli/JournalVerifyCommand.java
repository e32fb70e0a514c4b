package io.lockstep.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.lockstep.archive.verify.JournalVerifier;
import io.lockstep.archive.verify.VerifyResult;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Proves that copies of the journals are good and equal. */
@Command(
        name = "verify",
        mixinStandardHelpOptions = true,
        description = {
            "Check every copy of each shard's journal - checksums, sequences, hash chain - and compare all copies record by"
                    + " record, each up to where it has come now.",
            "Exit status 0 where all are good and equal, 1 where not; then the first difference is named.",
            "Folders of stopped nodes must end at the same place too: a copy that has lost its end is no difference that"
                    + " bytes can show. One that ends before its archive or node has noted its end is damaged; where"
                    + " nothing tells, as of a node that was killed or stopped earlier, --allow-shorter accepts it."
        })
final class JournalVerifyCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Mixin
    private JournalOptions journals;

    @Option(
            names = "--allow-shorter",
            description = "Exit status 0 also where folders end at different places and nothing says that the shorter"
                    + " ones had more.")
    private boolean isShorterAllowed;

    @Mixin
    private OutputOptions output;

    @Override
    public Integer call() {
        final Map<Integer, VerifyResult> results = verify();
        final PrintWriter out = spec.commandLine().getOut();
        if (output.isJson()) {
            out.println(OutputOptions.lineOf(toJson(results)));
        } else {
            results.forEach((shardId, result) -> print(out, shardId, result));
        }
        out.flush();
        return statusOf(results, isShorterAllowed || !journals.isOffline());
    }

    // Nodes that run are asked one after the other and go on meanwhile, so their ends differ.
    static int statusOf(final Map<Integer, VerifyResult> results, final boolean mayEndElsewhere) {
        final boolean areEndsGood = mayEndElsewhere || areEndsEqual(results);
        return firstDifference(results) == null && areEndsGood ? 0 : 1;
    }

    private static boolean areEndsEqual(final Map<Integer, VerifyResult> results) {
        return results.values().stream().allMatch(VerifyResult::hasEqualEnds);
    }

    private Map<Integer, VerifyResult> verify() {
        final Map<Integer, VerifyResult> results = new LinkedHashMap<>();
        if (journals.isOffline()) {
            final List<Path> folders = journals.folders();
            for (final int shardId : journals.shardsOfFolders(folders)) {
                results.put(shardId, JournalVerifier.verifyFolders(folders, shardId));
            }
            return results;
        }
        for (final int shardId : journals.shardsOfNodes()) {
            try {
                results.put(shardId, JournalVerifier.verifyNodes(journals.nodes(), shardId));
            } catch (final IllegalStateException ex) {
                throw new CommandFailure(
                        ex.getMessage() + "; 'lockstep status' shows which nodes run, name only those with --nodes",
                        ex);
            }
        }
        return results;
    }

    private static String firstDifference(final Map<Integer, VerifyResult> results) {
        for (final Map.Entry<Integer, VerifyResult> entry : results.entrySet()) {
            if (!entry.getValue().isIdentical()) {
                return "shard " + entry.getKey() + ": " + entry.getValue().firstDifference();
            }
        }
        return null;
    }

    static ObjectNode toJson(final Map<Integer, VerifyResult> results) {
        final ObjectNode object = OutputOptions.newObject();
        final String difference = firstDifference(results);
        object.put("identical", difference == null);
        object.put(
                "records",
                results.values().stream().mapToLong(VerifyResult::records).sum());
        object.put("firstDifference", difference);
        object.put("endsEqual", areEndsEqual(results));
        final ArrayNode shards = object.putArray("shards");
        results.forEach((shardId, result) -> {
            final ObjectNode shard = shards.addObject()
                    .put("shard", shardId)
                    .put("identical", result.isIdentical())
                    .put("records", result.records())
                    .put("recordBytes", result.bytes())
                    .put("checkpoints", result.checkpoints())
                    .put("fromPosition", result.fromPosition())
                    .put("toPosition", result.toPosition())
                    .put("firstDifference", result.firstDifference())
                    .put("endsEqual", result.hasEqualEnds())
                    .put("shortCopies", result.shortCopies());
            final ArrayNode copies = shard.putArray("copies");
            for (final VerifyResult.Copy copy : result.copies()) {
                copies.addObject()
                        .put("name", copy.name())
                        .put("startPosition", copy.startPosition())
                        .put("endPosition", copy.endPosition())
                        .put("shardSequence", copy.shardSequence())
                        .put("records", copy.records())
                        .put("recordsBehind", result.recordsBehind(copy))
                        .put("lagBytes", result.longest().endPosition() - copy.endPosition())
                        .put("checkpointPosition", copy.checkpointPosition())
                        .put("checkpointHash", String.format("%016x", copy.checkpointHash()));
            }
        });
        return object;
    }

    private void print(final PrintWriter out, final int shardId, final VerifyResult result) {
        out.printf(
                "shard %d: %s: %d records, %d bytes, %d checkpoints, positions %d to %d, %d copies%n",
                shardId,
                result.isIdentical() ? "identical" : "DIFFERENT",
                result.records(),
                result.bytes(),
                result.checkpoints(),
                result.fromPosition(),
                result.toPosition(),
                result.copies().size());
        if (!result.isIdentical()) {
            out.printf("  first difference: %s%n", result.firstDifference());
        } else if (!result.hasEqualEnds()) {
            out.printf(
                    "  identical up to position %d; %s%s%n",
                    result.toPosition(),
                    result.shortCopies(),
                    journals.isOffline()
                            ? "; nothing says that it had more, so it may have been killed or stopped earlier"
                                    + (isShorterAllowed ? "" : ": --allow-shorter accepts that")
                            : ", as a node that still receives does");
        }
        for (final VerifyResult.Copy copy : result.copies()) {
            out.printf(
                    "  %s: positions %d to %d, %d records, shard sequence %d, %d records behind,"
                            + " last checkpoint %016x at %d%n",
                    copy.name(),
                    copy.startPosition(),
                    copy.endPosition(),
                    copy.records(),
                    copy.shardSequence(),
                    result.recordsBehind(copy),
                    copy.checkpointHash(),
                    copy.checkpointPosition());
        }
    }
}
