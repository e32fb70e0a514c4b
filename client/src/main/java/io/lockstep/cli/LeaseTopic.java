package io.lockstep.cli;

import io.lockstep.client.LeaseGrant;
import io.lockstep.topic.TopicName;
import java.nio.charset.StandardCharsets;
import org.agrona.concurrent.UnsafeBuffer;
import picocli.CommandLine;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;

/** The topic of a command about one publisher lease. */
final class LeaseTopic {
    @Parameters(index = "0", paramLabel = "TOPIC", description = "Name of the topic.")
    private String topic;

    /** The name, checked before anything is asked of the cluster. */
    String name(final CommandLine commandLine) {
        final byte[] bytes = topic.getBytes(StandardCharsets.UTF_8);
        final UnsafeBuffer buffer = new UnsafeBuffer(bytes);
        if (!TopicName.isValid(buffer, 0, bytes.length) || TopicName.isReserved(buffer, 0, bytes.length)) {
            throw new ParameterException(
                    commandLine,
                    "'" + topic + "' is no topic name: 1 to " + TopicName.MAX_LENGTH
                            + " bytes of UTF-8 without '+' and '#', and not one of Lockstep's own, such as $dead/a");
        }
        return topic;
    }

    /** What was refused, and what to do next. */
    static CommandFailure refused(final String topic, final LeaseGrant grant) {
        final String next = switch (grant.code()) {
            case LEASE_HELD ->
                "another holder has it for " + grant.detail() / 1_000_000
                        + " ms at least; 'lockstep lease list' shows whom";
            case LEASE_LOST ->
                "no lease with this token is held, the newest token is " + grant.detail()
                        + "; 'lockstep lease list' shows it";
            case TOO_MANY_LEASES ->
                "leases guard " + grant.detail()
                        + " topics already; drop some, or raise limits.maxLeases by 'lockstep settings set'";
            case TOPIC_UNKNOWN -> "the topic does not exist and limits.autoCreateTopics is off";
            case UNSUPPORTED -> "the shard's feature level has no leases";
            default -> "detail " + grant.detail();
        };
        return new CommandFailure("the lease of " + topic + " was refused: " + grant.code() + "; " + next);
    }
}
