package io.lockstep.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.lockstep.client.ConsumerState;
import io.lockstep.client.LockstepClient;
import io.lockstep.topic.TopicFilter;
import java.util.List;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;

/** What the commands about durable consumers share. */
final class NamedConsumers {
    private NamedConsumers() {}

    /** The consumer of a name in each shard that has it, or in one. */
    static List<ConsumerState> find(
            final LockstepClient client, final String name, final Integer shardId, final long timeoutNs) {
        final List<ConsumerState> states = client.consumers().list(name, timeoutNs).stream()
                .filter(state -> state.name().equals(name) && (shardId == null || state.shardId() == shardId))
                .toList();
        if (states.isEmpty()) {
            throw new CommandFailure("there is no consumer '" + name + "'"
                    + (shardId == null ? "" : " in shard " + shardId) + "; 'lockstep consumers list' shows all");
        }
        return states;
    }

    /** Refuses a name that is none, before the cluster is asked. */
    static void checkFilter(final CommandSpec spec, final String text) {
        try {
            TopicFilter.parse(text);
        } catch (final IllegalArgumentException ex) {
            throw new ParameterException(spec.commandLine(), ex.getMessage(), ex);
        }
    }

    static ObjectNode toJson(final ConsumerState state) {
        final ObjectNode object = OutputOptions.newObject()
                .put("consumer", state.name())
                .put("shard", state.shardId())
                .put("consumerId", state.consumerId())
                .put("position", state.position())
                .put("journalPosition", state.journalPosition())
                .put("lagBytes", state.lagBytes())
                .put("ackCount", state.ackCount())
                .put("memberCount", state.memberCount())
                .put("ownerMemberId", state.ownerMemberId())
                .put("wantedMemberId", state.wantedMemberId())
                .put("ownerEpoch", state.ownerEpoch())
                .put("lane", state.lane());
        final ArrayNode filters = object.putArray("filters");
        state.filters().forEach(filters::add);
        return object;
    }
}
