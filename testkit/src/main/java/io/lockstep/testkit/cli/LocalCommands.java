package io.lockstep.testkit.cli;

import io.lockstep.cli.CommandProvider;
import java.util.List;

/** Adds {@code dev} and {@code demo} to the command line. */
public final class LocalCommands implements CommandProvider {
    /** Made by the service loader. */
    public LocalCommands() {}

    @Override
    public List<Object> commands() {
        return List.of(new DevCommand(), new DemoCommand());
    }
}
