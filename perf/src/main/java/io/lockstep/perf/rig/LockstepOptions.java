package io.lockstep.perf.rig;

import io.lockstep.client.PublisherConfig;
import io.lockstep.config.Durability;
import io.lockstep.config.Profile;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Options of a Lockstep cluster under load. */
final class LockstepOptions {
    /** Where the load's own reader reads. */
    enum ReaderNode {
        /** The node that leads: it appends first. */
        LEADER,
        /** A node that follows. */
        FOLLOWER
    }

    @Option(
            names = "--profile",
            paramLabel = "NAME",
            defaultValue = "small",
            description = "Profile of the nodes: default, small or low-latency (default: ${DEFAULT-VALUE}).")
    private String profile;

    @Option(
            names = "--durability",
            paramLabel = "NAME",
            defaultValue = "replicated",
            description = "replicated or fsync (default: ${DEFAULT-VALUE}).")
    private Durability durability;

    @Option(
            names = "--reader-node",
            paramLabel = "NODE",
            defaultValue = "leader",
            description = "leader or follower: whose journal the subscriber reads (default: ${DEFAULT-VALUE}).")
    private ReaderNode readerNode;

    @Option(
            names = "--window",
            paramLabel = "N",
            defaultValue = "8192",
            description =
                    "Unanswered messages that the publisher may have, a power of two (default: ${DEFAULT-VALUE}).")
    private int window;

    @Spec(Spec.Target.MIXEE)
    private CommandSpec spec;

    LockstepOptions() {}

    /** A rig of its own; a wrong option is a usage error. */
    LockstepRig newRig(final RigOptions options) {
        try {
            new PublisherConfig().window(window);
        } catch (final IllegalArgumentException ex) {
            throw new ParameterException(spec.commandLine(), ex.getMessage(), ex);
        }
        return new LockstepRig(options.basePort(), options.dataDir(), profile(), durability, readerNode, window);
    }

    /** Unanswered messages that a publisher may have. */
    int window() {
        return window;
    }

    private Profile profile() {
        for (final Profile candidate : Profile.values()) {
            if (candidate.key().equalsIgnoreCase(profile)) {
                return candidate;
            }
        }
        throw new ParameterException(
                spec.commandLine(), "a profile is default, small or low-latency, but it is '" + profile + "'");
    }
}
