package io.lockstep.perf.rig;

import io.lockstep.cli.CommandProvider;
import java.util.List;

/** Adds {@code bench} to the command line. */
public final class BenchCommands implements CommandProvider {
    /** Made by the service loader. */
    public BenchCommands() {}

    /** {@inheritDoc} */
    @Override
    public List<Object> commands() {
        return List.of(new BenchCommand());
    }
}
