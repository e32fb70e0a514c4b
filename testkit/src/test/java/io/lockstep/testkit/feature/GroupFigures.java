package io.lockstep.testkit.feature;

import io.lockstep.client.GroupDetails;
import io.lockstep.client.GroupMember;
import io.lockstep.client.LockstepClient;
import io.lockstep.testkit.Await;
import java.util.List;
import java.util.function.ToLongFunction;

/** What loads of groups ask of the cluster. No state. */
final class GroupFigures {
    private GroupFigures() {}

    /** Adds up what all shards say of a group. */
    static long sum(final LockstepClient client, final String group, final ToLongFunction<GroupDetails> figure) {
        return client.groups().describe(group, FeatureLoad.TIMEOUT_NS).stream()
                .mapToLong(figure)
                .sum();
    }

    /** Messages that the group has not finished with. */
    static long openCount(final LockstepClient client, final String group) {
        return sum(
                client,
                group,
                details -> details.state().readyCount()
                        + details.state().inFlightCount()
                        + details.state().delayedCount()
                        + (long) details.state().deadCount());
    }

    /** Waits until a member is in the group, and drives all clients meanwhile. */
    static void awaitJoined(
            final String name,
            final GroupMember member,
            final LockstepClient client,
            final List<LockstepClient> others) {
        Await.await(
                "a member to join",
                120,
                () -> {
                    client.doWork();
                    others.forEach(LockstepClient::doWork);
                    return member.isJoined();
                },
                () -> name);
    }
}
