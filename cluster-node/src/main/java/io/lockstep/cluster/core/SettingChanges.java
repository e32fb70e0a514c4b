package io.lockstep.cluster.core;

import io.lockstep.codecs.ApplySettingsDecoder;
import io.lockstep.codecs.SeedShardDecoder;

/** The entries of a command that applies settings. Reused; valid during the call that it is passed to. */
final class SettingChanges {
    private final int[] settingIds = new int[Limits.MAX_SETTINGS_IN_COMMAND];
    private final long[] values = new long[Limits.MAX_SETTINGS_IN_COMMAND];
    private int count;

    /** Reads the group, whose bytes have been checked; false where there are too many. */
    boolean read(final ApplySettingsDecoder.SettingsDecoder group) {
        count = 0;
        if (group.count() > Limits.MAX_SETTINGS_IN_COMMAND) {
            return false;
        }
        while (group.hasNext()) {
            group.next();
            settingIds[count] = group.settingId();
            values[count] = group.settingValue();
            count++;
        }
        return true;
    }

    /** Reads the group, whose bytes have been checked; false where there are too many. */
    boolean read(final SeedShardDecoder.SettingsDecoder group) {
        count = 0;
        if (group.count() > Limits.MAX_SETTINGS_IN_COMMAND) {
            return false;
        }
        while (group.hasNext()) {
            group.next();
            settingIds[count] = group.settingId();
            values[count] = group.settingValue();
            count++;
        }
        return true;
    }

    int count() {
        return count;
    }

    int settingId(final int index) {
        return settingIds[index];
    }

    long value(final int index) {
        return values[index];
    }
}
