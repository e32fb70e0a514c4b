package io.lockstep.cli;

import io.lockstep.client.Lease;
import io.lockstep.client.LeaseGrant;
import io.lockstep.client.LeaseListener;
import io.lockstep.client.LockstepClient;
import io.lockstep.client.SharedCoreIdling;
import io.lockstep.codecs.ResultCode;
import io.lockstep.config.Quantity;
import java.io.PrintWriter;
import java.util.concurrent.Callable;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.agrona.concurrent.IdleStrategy;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Takes the publisher lease of a topic and keeps it. */
@Command(
        name = "acquire",
        mixinStandardHelpOptions = true,
        description = {
            "Take the publisher lease of a topic and keep it until Ctrl-C, which releases it. Waits while another holder has"
                    + " it. From the first lease on the topic takes only messages with the token: 'lockstep pub --fence'.",
            "With --once the lease is taken for its duration, or refused, and the command ends."
        })
final class LeaseAcquireCommand implements Callable<Integer> {
    private static final long MIN_DURATION_NS = TimeUnit.SECONDS.toNanos(1);
    private static final long MAX_DURATION_NS = TimeUnit.HOURS.toNanos(1);

    @Spec
    private CommandSpec spec;

    @Mixin
    private ClusterOptions cluster;

    @Mixin
    private OutputOptions output;

    @Mixin
    private LeaseTopic topic;

    @Option(
            names = "--duration",
            paramLabel = "TIME",
            defaultValue = "10s",
            description = "How long the lease is held when it is not renewed, 1s to 1h. Default: ${DEFAULT-VALUE}.")
    private String duration;

    @Option(names = "--once", description = "Take or renew the lease once and end; nobody renews or releases it.")
    private boolean isOnce;

    @Option(
            names = "--holder",
            paramLabel = "N",
            description = "With --once: who holds the lease; the same holder renews it. Default: a random number.")
    private Long holderId;

    @Override
    public Integer call() {
        final String name = topic.name(spec.commandLine());
        final long durationNs = durationNs();
        if (holderId != null && (!isOnce || holderId == Long.MIN_VALUE)) {
            throw new ParameterException(spec.commandLine(), "--holder takes a number and needs --once");
        }
        try (StopSignal stop = new StopSignal();
                LockstepClient client = cluster.connect("lockstep-lease")) {
            if (isOnce) {
                acquireOnce(client, name, durationNs);
            } else {
                hold(client, name, durationNs, stop);
            }
        }
        return 0;
    }

    private void acquireOnce(final LockstepClient client, final String name, final long durationNs) {
        final long holder =
                holderId != null ? holderId : ThreadLocalRandom.current().nextLong(1, Long.MAX_VALUE);
        final LeaseGrant grant = client.leases().acquire(name, holder, durationNs, cluster.connectTimeoutNs());
        if (!grant.isAccepted()) {
            throw LeaseTopic.refused(name, grant);
        }
        tellAcquired(name, grant.token(), holder, client.shardOf(name), grant.journalPosition());
    }

    private void hold(final LockstepClient client, final String name, final long durationNs, final StopSignal stop) {
        final IdleStrategy idleStrategy = SharedCoreIdling.newIdleStrategy();
        final PrintWriter err = spec.commandLine().getErr();
        final LeaseListener listener = new LeaseListener() {
            @Override
            public void onAcquired(final Lease lease, final long token, final int shardId, final long journalPosition) {
                tellAcquired(name, token, lease.holderId(), shardId, journalPosition);
            }

            @Override
            public void onLost(final Lease lease, final String reason) {
                tellLost(name, lease.token(), reason);
            }

            @Override
            public void onRefused(final Lease lease, final ResultCode code, final long detail) {
                if (code != ResultCode.LEASE_HELD) {
                    err.println(LeaseTopic.refused(name, new LeaseGrant(code, detail, 0, 0, 0))
                            .getMessage());
                    err.flush();
                }
            }
        };
        try (Lease lease = client.addLease(name, durationNs, listener)) {
            while (!stop.isStopping() && !lease.isClosed()) {
                idleStrategy.idle(client.doWork());
            }
        }
    }

    private void tellAcquired(
            final String name, final long token, final long holder, final int shardId, final long journalPosition) {
        final PrintWriter out = spec.commandLine().getOut();
        if (output.isJson()) {
            out.println(OutputOptions.lineOf(OutputOptions.newObject()
                    .put("event", "acquired")
                    .put("topic", name)
                    .put("shard", shardId)
                    .put("token", token)
                    .put("holderId", holder)
                    .put("journalPosition", journalPosition)));
        } else {
            out.println("acquired " + name + " with token " + token + " as holder " + holder);
        }
        out.flush();
    }

    private void tellLost(final String name, final long token, final String reason) {
        final PrintWriter out = spec.commandLine().getOut();
        if (output.isJson()) {
            out.println(OutputOptions.lineOf(OutputOptions.newObject()
                    .put("event", "lost")
                    .put("topic", name)
                    .put("token", token)
                    .put("reason", reason)));
        } else {
            out.println("lost " + name + " with token " + token + ": " + reason);
        }
        out.flush();
    }

    private long durationNs() {
        try {
            final long durationNs = Quantity.parseDurationNs(duration);
            if (durationNs >= MIN_DURATION_NS && durationNs <= MAX_DURATION_NS) {
                return durationNs;
            }
        } catch (final IllegalArgumentException ex) {
            throw new ParameterException(spec.commandLine(), "--duration: " + ex.getMessage(), ex);
        }
        throw new ParameterException(spec.commandLine(), "--duration takes 1s to 1h, but it is " + duration);
    }
}
