package io.lockstep.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.lockstep.client.CommandAnswer;
import io.lockstep.client.LockstepClient;
import io.lockstep.client.SlotTableState;
import io.lockstep.client.TopicState;
import io.lockstep.codecs.ResultCode;
import io.lockstep.topic.SlotTable;
import io.lockstep.topic.TopicRoute;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import picocli.CommandLine.Model.CommandSpec;

/**
 * Brings one change of a prefix route to all shards: asks each whether it would take the table, then applies it shard by
 * shard. A shard that gives topics away takes it before one that gains them, so that at no time two shards would create
 * the same topic.
 */
final class RouteChange {
    private record ShardAnswer(int shardId, CommandAnswer answer) {}

    private final LockstepClient client;
    private final long timeoutNs;
    private final String prefix;

    RouteChange(final LockstepClient client, final long timeoutNs, final String prefix) {
        this.client = client;
        this.timeoutNs = timeoutNs;
        this.prefix = prefix;
    }

    static SlotTableState newestOf(final List<SlotTableState> states) {
        return states.stream()
                .max(Comparator.comparingLong(SlotTableState::version))
                .orElseThrow();
    }

    static boolean areEqual(final List<SlotTableState> states) {
        return states.stream()
                .allMatch(state -> state.version() == states.get(0).version()
                        && state.table().equals(states.get(0).table()));
    }

    /** Only the shard of the route gains topics by it, so it comes last. */
    void set(final TopicRoute route, final OutputOptions output, final CommandSpec spec) {
        final List<SlotTableState> states = client.routes().list(timeoutNs);
        final List<Integer> order = allShardsBut(route.shardId());
        order.add(route.shardId());
        run(states, newestOf(states).table().with(route), order, output, spec);
    }

    /** Only the shard of the route loses topics by that, so it comes first. */
    void remove(final OutputOptions output, final CommandSpec spec) {
        final List<SlotTableState> states = client.routes().list(timeoutNs);
        final SlotTable current = newestOf(states).table();
        final TopicRoute route = current.routes().stream()
                .filter(known -> known.prefix().equals(prefix))
                .findFirst()
                .orElseThrow(() -> new CommandFailure(
                        "there is no route of '" + prefix + "'; 'lockstep routes' shows those that there are"));
        final List<Integer> order = allShardsBut(route.shardId());
        order.add(0, route.shardId());
        run(states, current.without(prefix), order, output, spec);
    }

    private void run(
            final List<SlotTableState> states,
            final SlotTable table,
            final List<Integer> order,
            final OutputOptions output,
            final CommandSpec spec) {
        final SlotTableState newest = newestOf(states);
        final boolean isDone = areEqual(states) && table.equals(newest.table());
        final long version = isDone ? newest.version() : newest.version() + 1;
        List<ShardAnswer> answers = apply(order, version, table, true);
        final boolean isRefused = hasRefusal(answers);
        if (!isRefused && !isDone) {
            answers = apply(order, version, table, false);
        }
        print(answers, isDone, version, table, output, spec);
        if (hasRefusal(answers)) {
            final ShardAnswer refusal = answers.stream()
                    .filter(shard -> shard.answer().code() != ResultCode.ACCEPTED)
                    .findFirst()
                    .orElseThrow();
            throw new CommandFailure(sentenceOf(refusal, table)
                    + (isRefused
                            ? "; no shard was changed"
                            : "; shards before it were changed: run the command again, or take the change back"));
        }
    }

    // A check asks all shards; a change stops at the first one that refuses.
    private List<ShardAnswer> apply(
            final List<Integer> order, final long version, final SlotTable table, final boolean isCheckOnly) {
        final List<ShardAnswer> answers = new ArrayList<>();
        for (final int shardId : order) {
            final CommandAnswer answer = client.routes().apply(shardId, version, table, isCheckOnly, timeoutNs);
            answers.add(new ShardAnswer(shardId, answer));
            if (!isCheckOnly && answer.code() != ResultCode.ACCEPTED) {
                break;
            }
        }
        return answers;
    }

    private static boolean hasRefusal(final List<ShardAnswer> answers) {
        return answers.stream().anyMatch(shard -> shard.answer().code() != ResultCode.ACCEPTED);
    }

    private static void print(
            final List<ShardAnswer> answers,
            final boolean isDone,
            final long version,
            final SlotTable table,
            final OutputOptions output,
            final CommandSpec spec) {
        final PrintWriter out = spec.commandLine().getOut();
        final List<ShardAnswer> sorted = new ArrayList<>(answers);
        sorted.sort(Comparator.comparingInt(ShardAnswer::shardId));
        final boolean isChanged = !isDone && !hasRefusal(answers);
        if (output.isJson()) {
            final ObjectNode result =
                    OutputOptions.newObject().put("version", version).put("changed", isChanged);
            RoutesCommand.putRoutes(result, table);
            final ArrayNode shards = result.putArray("shards");
            for (final ShardAnswer shard : sorted) {
                shards.addObject()
                        .put("shard", shard.shardId())
                        .put("code", shard.answer().code().name())
                        .put("detail", shard.answer().detail());
            }
            out.println(OutputOptions.lineOf(result));
        } else {
            for (final ShardAnswer shard : sorted) {
                out.printf("shard %d: %s%n", shard.shardId(), shard.answer().code());
            }
            final String effect = isChanged ? "is in effect" : isDone ? "was in effect already" : "is not in effect";
            out.printf("version %d %s%n", version, effect);
        }
        out.flush();
    }

    private String sentenceOf(final ShardAnswer refusal, final SlotTable table) {
        final String shard = "shard " + refusal.shardId();
        final CommandAnswer answer = refusal.answer();
        return switch (answer.code()) {
            case TOPIC_WOULD_MOVE ->
                shard + " holds the topic " + topicText(refusal.shardId(), answer.detail(), table)
                        + ", and a topic stays in the shard in which it was created";
            case STALE_SLOT_TABLE ->
                shard + " took version " + answer.detail() + " from somebody else meanwhile; run the command again";
            default -> shard + " refused the slot table: " + answer.code() + ", detail " + answer.detail();
        };
    }

    // What would move is under the prefix, unless the shards' tables differed before.
    private String topicText(final int shardId, final long topicId, final SlotTable table) {
        for (final TopicState topic : client.topics().list(prefix + "/#", timeoutNs)) {
            if (topic.shardId() == shardId && topic.topicId() == topicId) {
                return "'" + topic.name() + "', which would belong to shard " + table.shardOf(topic.name());
            }
        }
        return "with id " + topicId;
    }

    private List<Integer> allShardsBut(final int shardId) {
        final List<Integer> shards = new ArrayList<>();
        for (int other = 0; other < client.shardCount(); other++) {
            if (other != shardId) {
                shards.add(other);
            }
        }
        return shards;
    }
}
