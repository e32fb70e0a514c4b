package io.lockstep.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.lockstep.client.GroupConfig;
import io.lockstep.client.GroupDetails;
import io.lockstep.client.LockstepClient;
import java.io.PrintWriter;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Changes the credit of running members. */
@Command(
        name = "credit",
        mixinStandardHelpOptions = true,
        description =
                "Change how many messages running members of a group may have at once in each shard. What a member has"
                        + " beyond that stays with it; when it opens anew it has the credit of its own configuration.")
final class GroupsCreditCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Mixin
    private ClusterOptions cluster;

    @Mixin
    private OutputOptions output;

    @Parameters(index = "0", paramLabel = "NAME", description = "Name of the group.")
    private String name;

    @Parameters(
            index = "1",
            paramLabel = "CREDIT",
            description = "0 to " + GroupConfig.MAX_CREDIT + "; with 0 a member gets nothing.")
    private int credit;

    @Option(
            names = "--member",
            paramLabel = "ID",
            description = "Only this member, as 'groups describe' names it. Default: all.")
    private Long memberId;

    @Override
    public Integer call() {
        if (credit < 0 || credit > GroupConfig.MAX_CREDIT) {
            throw new ParameterException(
                    spec.commandLine(), "CREDIT takes 0 to " + GroupConfig.MAX_CREDIT + ", but it is " + credit);
        }
        final ObjectNode result = OutputOptions.newObject().put("group", name).put("credit", credit);
        final ArrayNode changed = result.putArray("members");
        try (LockstepClient client = cluster.connect("lockstep-groups")) {
            for (final GroupDetails group : client.groups().describe(name, cluster.connectTimeoutNs())) {
                for (final GroupDetails.Member member : group.members()) {
                    if (memberId == null || memberId == member.memberId()) {
                        change(client, group, member);
                        changed.addObject()
                                .put("shard", group.state().shardId())
                                .put("memberId", member.memberId())
                                .put("creditBefore", member.credit());
                    }
                }
            }
        }
        if (changed.isEmpty()) {
            throw new CommandFailure("no shard knows a group '" + name + "' with such a member; 'lockstep groups"
                    + " describe' shows its members");
        }
        final PrintWriter out = spec.commandLine().getOut();
        if (output.isJson()) {
            out.println(OutputOptions.lineOf(result));
        } else {
            changed.forEach(member -> out.printf(
                    "shard %d: member %d may have %d messages, before %d%n",
                    member.path("shard").asInt(),
                    member.path("memberId").asLong(),
                    credit,
                    member.path("creditBefore").asInt()));
        }
        out.flush();
        return 0;
    }

    private void change(final LockstepClient client, final GroupDetails group, final GroupDetails.Member member) {
        client.groups()
                .credit(
                        group.state().shardId(),
                        group.state().groupId(),
                        member.memberId(),
                        credit,
                        cluster.connectTimeoutNs());
    }
}
