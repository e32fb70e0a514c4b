package io.lockstep.cluster.core;

import io.lockstep.codecs.MessageHeaderEncoder;
import io.lockstep.codecs.SettingItemDecoder;
import io.lockstep.codecs.SettingItemEncoder;
import io.lockstep.config.EngineSetting;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;

/** Part 2, the settings. A setting that a snapshot of an older release does not hold keeps its default. */
final class SettingsPart implements Part {
    private static final int LENGTH = MessageHeaderEncoder.ENCODED_LENGTH + SettingItemEncoder.BLOCK_LENGTH;

    private final UnsafeBuffer buffer = new UnsafeBuffer(new byte[LENGTH]);
    private final MessageHeaderEncoder header = new MessageHeaderEncoder();
    private final SettingItemEncoder encoder = new SettingItemEncoder();
    private final SettingItemDecoder decoder = new SettingItemDecoder();
    private final long[] values = new long[EngineSetting.count() + 1];

    SettingsPart() {
        for (int settingId = 1; settingId <= EngineSetting.count(); settingId++) {
            values[settingId] = EngineSetting.ofId(settingId).defaultValue();
        }
    }

    long value(final EngineSetting setting) {
        return values[setting.id()];
    }

    boolean isSet(final EngineSetting flag) {
        return values[flag.id()] != 0;
    }

    void value(final EngineSetting setting, final long value) {
        values[setting.id()] = value;
    }

    /** {@inheritDoc} */
    @Override
    public int id() {
        return 2;
    }

    /** {@inheritDoc} */
    @Override
    public long itemCount() {
        return EngineSetting.count();
    }

    /** {@inheritDoc} */
    @Override
    public void writeTo(final SnapshotSink sink) {
        for (int settingId = 1; settingId <= EngineSetting.count(); settingId++) {
            encoder.wrapAndApplyHeader(buffer, 0, header)
                    .settingValue(values[settingId])
                    .settingId(settingId);
            sink.append(buffer, 0, LENGTH);
        }
    }

    /** {@inheritDoc} */
    @Override
    public void readItem(final int templateId, final DirectBuffer item, final int offset, final int length) {
        ItemReader.wrap(decoder, templateId, item, offset, length);
        final int settingId = decoder.settingId();
        if (EngineSetting.ofId(settingId) == null) {
            throw new IllegalStateException("the snapshot holds setting " + settingId + ", but this release knows only "
                    + EngineSetting.count() + ": start the release that wrote it");
        }
        values[settingId] = decoder.settingValue();
    }

    /** {@inheritDoc} */
    @Override
    public long stateBytes() {
        return (long) LENGTH * EngineSetting.count();
    }
}
