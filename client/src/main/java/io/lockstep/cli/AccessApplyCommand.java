package io.lockstep.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.lockstep.access.rules.AccessRules;
import io.lockstep.client.AccessRulesState;
import io.lockstep.client.CommandAnswer;
import io.lockstep.client.LockstepClient;
import io.lockstep.client.LockstepException;
import io.lockstep.codecs.ResultCode;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Exchanges the access rules: asks all shards whether they would take them, then lets them. */
@Command(
        name = "apply",
        mixinStandardHelpOptions = true,
        description = {
            "Exchange the access rules of all shards for those of a file.",
            "They count at once, for clients that are connected too, and at gateways within seconds.",
            "The nodes must ask who comes: cluster.secret and access.users in the cluster file."
        })
final class AccessApplyCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Mixin
    private ClusterOptions cluster;

    @Mixin
    private OutputOptions output;

    @Parameters(paramLabel = "FILE", description = "The rules, one a line.")
    private Path file;

    private record ShardAnswer(int shardId, CommandAnswer answer) {}

    @Override
    public Integer call() {
        final String rules = read();
        final List<ShardAnswer> answers = new ArrayList<>();
        final long version;
        String problem = null;
        try (LockstepClient client = cluster.connect("lockstep-access")) {
            version = newestOf(client.access().list(cluster.connectTimeoutNs())).version() + 1;
            for (final boolean isCheckOnly : new boolean[] {true, false}) {
                for (int shardId = 0; shardId < client.shardCount() && problem == null; shardId++) {
                    problem = apply(client, shardId, version, rules, isCheckOnly, answers);
                }
            }
        }
        print(version, answers);
        if (problem != null) {
            throw new CommandFailure(problem);
        }
        return 0;
    }

    static AccessRulesState newestOf(final List<AccessRulesState> states) {
        return states.stream()
                .max(Comparator.comparingLong(AccessRulesState::version))
                .orElseThrow();
    }

    private String apply(
            final LockstepClient client,
            final int shardId,
            final long version,
            final String rules,
            final boolean isCheckOnly,
            final List<ShardAnswer> answers) {
        final CommandAnswer answer;
        try {
            answer = client.access().apply(shardId, version, rules, isCheckOnly, cluster.connectTimeoutNs());
        } catch (final LockstepException ex) {
            return ex.getMessage();
        }
        if (!isCheckOnly || answer.code() != ResultCode.ACCEPTED) {
            answers.add(new ShardAnswer(shardId, answer));
        }
        return answer.code() == ResultCode.ACCEPTED ? null : sentenceOf(shardId, answer);
    }

    private String read() {
        try {
            final List<String> lines = Files.readAllLines(file, StandardCharsets.UTF_8);
            AccessRules.parse(file.toString(), lines);
            return String.join("\n", lines);
        } catch (final IOException ex) {
            throw new CommandFailure("the file " + file + " cannot be read as UTF-8 text: " + ex, ex);
        } catch (final IllegalArgumentException ex) {
            throw new CommandFailure(ex.getMessage(), ex);
        }
    }

    private void print(final long version, final List<ShardAnswer> answers) {
        final PrintWriter out = spec.commandLine().getOut();
        if (output.isJson()) {
            final ObjectNode result = OutputOptions.newObject().put("version", version);
            final ArrayNode shards = result.putArray("shards");
            for (final ShardAnswer one : answers) {
                shards.addObject()
                        .put("shard", one.shardId())
                        .put("code", one.answer().code().name())
                        .put("detail", one.answer().detail());
            }
            out.println(OutputOptions.lineOf(result));
        } else {
            for (final ShardAnswer one : answers) {
                out.printf("shard %d: %s%n", one.shardId(), one.answer().code());
            }
            out.printf("version %d%n", version);
        }
        out.flush();
    }

    private static String sentenceOf(final int shardId, final CommandAnswer answer) {
        final String shard = "shard " + shardId;
        return switch (answer.code()) {
            case NOT_AUTHORIZED -> shard + " does not let this user change the access rules: that takes 'admin'";
            case ACCESS_WOULD_LOCK_OUT ->
                shard + " refused: under these rules you could not change them again, or the nodes do not ask who comes"
                        + " (cluster.secret and access.users in the cluster file); add 'allow user NAME admin', or come"
                        + " with the secret of the cluster (--cluster FILE)";
            case STALE_ACCESS_RULES ->
                shard + " took version " + answer.detail() + " from somebody else meanwhile; run the command again";
            case UNSUPPORTED -> shard + " does not know access rules: its feature level is below 5";
            default -> shard + " refused the access rules: " + answer.code() + ", detail " + answer.detail();
        };
    }
}
