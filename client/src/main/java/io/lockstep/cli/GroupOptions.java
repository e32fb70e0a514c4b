package io.lockstep.cli;

import io.lockstep.client.GroupConfig;
import java.util.List;
import picocli.CommandLine.Option;

/** The options that make a reader a member of a group. A picocli mixin. */
final class GroupOptions {
    /** When a message is done. */
    enum Ack {
        /** As soon as it is printed. */
        AUTO,
        /** Never: it is handed out again when its time is over or this command ends. */
        NONE
    }

    @Option(
            names = "--group",
            paramLabel = "NAME",
            description =
                    "Share the messages with the other members of this group; --from counts where the group is new.")
    private String name;

    @Option(
            names = "--ack",
            paramLabel = "WHEN",
            defaultValue = "auto",
            description =
                    "With --group: auto, a message is done when it is printed; none, it is only looked at and handed"
                            + " out again. Default: auto.")
    private Ack ack = Ack.AUTO;

    @Option(names = "--key-ordered", description = "With --group: messages of one key ($key) one after the other.")
    private boolean isKeyOrdered;

    GroupOptions() {}

    boolean isGiven() {
        return name != null;
    }

    boolean isAcking() {
        return ack == Ack.AUTO;
    }

    GroupConfig config(final List<String> filters, final String from) {
        final GroupConfig config = new GroupConfig().name(name).keyOrdered(isKeyOrdered);
        filters.forEach(config::filter);
        return config.start(StartOption.parse(from));
    }
}
