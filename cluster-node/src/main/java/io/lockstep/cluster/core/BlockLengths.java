package io.lockstep.cluster.core;

import io.lockstep.codecs.AccessRulesItemDecoder;
import io.lockstep.codecs.AckConsumerDecoder;
import io.lockstep.codecs.AcquireLeaseDecoder;
import io.lockstep.codecs.ApplyAccessRulesDecoder;
import io.lockstep.codecs.ApplySettingsDecoder;
import io.lockstep.codecs.ApplySlotTableDecoder;
import io.lockstep.codecs.ApplyTopicPoliciesDecoder;
import io.lockstep.codecs.CancelScheduledDecoder;
import io.lockstep.codecs.ChangeSubscriptionsDecoder;
import io.lockstep.codecs.ClockItemDecoder;
import io.lockstep.codecs.CloseMemberDecoder;
import io.lockstep.codecs.CloseProducerDecoder;
import io.lockstep.codecs.CloseSessionDecoder;
import io.lockstep.codecs.ConsumerItemDecoder;
import io.lockstep.codecs.ConsumersItemDecoder;
import io.lockstep.codecs.CreateTopicDecoder;
import io.lockstep.codecs.DeleteConsumerDecoder;
import io.lockstep.codecs.DeleteGroupDecoder;
import io.lockstep.codecs.DeleteSessionDecoder;
import io.lockstep.codecs.DescribeAccessRulesDecoder;
import io.lockstep.codecs.DescribeGroupDecoder;
import io.lockstep.codecs.DescribeScheduleDecoder;
import io.lockstep.codecs.DescribeSessionDecoder;
import io.lockstep.codecs.DescribeShardDecoder;
import io.lockstep.codecs.DescribeSlotTableDecoder;
import io.lockstep.codecs.DescribeTopicPoliciesDecoder;
import io.lockstep.codecs.DropLeaseDecoder;
import io.lockstep.codecs.FeedGroupDecoder;
import io.lockstep.codecs.GroupEntriesItemDecoder;
import io.lockstep.codecs.GroupItemDecoder;
import io.lockstep.codecs.GroupMemberItemDecoder;
import io.lockstep.codecs.GroupsItemDecoder;
import io.lockstep.codecs.JournalItemDecoder;
import io.lockstep.codecs.LeaseItemDecoder;
import io.lockstep.codecs.LeaveConsumerDecoder;
import io.lockstep.codecs.LeaveGroupDecoder;
import io.lockstep.codecs.ListConsumersDecoder;
import io.lockstep.codecs.ListGroupsDecoder;
import io.lockstep.codecs.ListLeasesDecoder;
import io.lockstep.codecs.ListRetainedDecoder;
import io.lockstep.codecs.ListScheduledDecoder;
import io.lockstep.codecs.ListSessionsDecoder;
import io.lockstep.codecs.ListTopicsDecoder;
import io.lockstep.codecs.MemberItemDecoder;
import io.lockstep.codecs.MembersItemDecoder;
import io.lockstep.codecs.MessageHeaderDecoder;
import io.lockstep.codecs.OpenConsumerDecoder;
import io.lockstep.codecs.OpenGroupDecoder;
import io.lockstep.codecs.OpenMemberDecoder;
import io.lockstep.codecs.OpenProducerDecoder;
import io.lockstep.codecs.OpenSessionDecoder;
import io.lockstep.codecs.ProducerItemDecoder;
import io.lockstep.codecs.ProducerQuotaItemDecoder;
import io.lockstep.codecs.ProducersItemDecoder;
import io.lockstep.codecs.PublishDecoder;
import io.lockstep.codecs.PublisherLeaseItemDecoder;
import io.lockstep.codecs.PublisherLeasesItemDecoder;
import io.lockstep.codecs.PutDeadLetterDecoder;
import io.lockstep.codecs.QuotasItemDecoder;
import io.lockstep.codecs.RecentMessagesItemDecoder;
import io.lockstep.codecs.ReleaseLeaseDecoder;
import io.lockstep.codecs.RenewLeaseDecoder;
import io.lockstep.codecs.RenewMemberDecoder;
import io.lockstep.codecs.RetainedItemDecoder;
import io.lockstep.codecs.ScheduleTotalsItemDecoder;
import io.lockstep.codecs.ScheduledItemDecoder;
import io.lockstep.codecs.ScheduledRestItemDecoder;
import io.lockstep.codecs.SeedShardDecoder;
import io.lockstep.codecs.SeekConsumerDecoder;
import io.lockstep.codecs.SeekGroupDecoder;
import io.lockstep.codecs.SessionItemDecoder;
import io.lockstep.codecs.SetFeatureLevelDecoder;
import io.lockstep.codecs.SetGroupCreditDecoder;
import io.lockstep.codecs.SetReadOnlyDecoder;
import io.lockstep.codecs.SettingItemDecoder;
import io.lockstep.codecs.SettleGroupDecoder;
import io.lockstep.codecs.ShardItemDecoder;
import io.lockstep.codecs.SlotTableItemDecoder;
import io.lockstep.codecs.SnapshotBeginDecoder;
import io.lockstep.codecs.SnapshotEndDecoder;
import io.lockstep.codecs.SnapshotPartDecoder;
import io.lockstep.codecs.SubscriptionItemDecoder;
import io.lockstep.codecs.TellRefusalDecoder;
import io.lockstep.codecs.TopicItemDecoder;
import io.lockstep.codecs.TopicPoliciesItemDecoder;
import io.lockstep.codecs.TopicQuotaItemDecoder;
import io.lockstep.codecs.TrimJournalDecoder;
import io.lockstep.codecs.UpdateSessionsDecoder;

/**
 * How long a block has to be at least: as long as it was in the version of the schema that its writer was built with. A
 * flyweight gives the SBE null for fields that came after that version and reads all others, so that a shorter block
 * would make it read what is not of the block. When the schema moves on, the lengths of the version before are written
 * down here.
 */
final class BlockLengths {
    private static final int ENTRY_IN_VERSION_1 = 8;
    private static final int SETTING_IN_VERSION_1 = 10;

    /** Least length of the block of a prefix route; the engine reads nothing behind it. */
    static final int ROUTE = 4;

    /** Least length of the block of a topic policy; the engine reads nothing behind it. */
    static final int POLICY = 5;

    private BlockLengths() {}

    /** Least length of a message's block; what a newer release wrote is at least as long as this release knows it. */
    static int ofMessage(final int templateId, final int version, final int knownLength) {
        return isToday(version) ? knownLength : inVersion1(templateId, knownLength);
    }

    /** Least length of the block of an entry of {@code Publish}. */
    static int ofPublishEntry(final int version) {
        return isToday(version) ? PublishDecoder.EntriesDecoder.sbeBlockLength() : ENTRY_IN_VERSION_1;
    }

    /** Least length of the block of a setting of {@code ApplySettings} and {@code SeedShard}. */
    static int ofSetting(final int version) {
        return isToday(version) ? ApplySettingsDecoder.SettingsDecoder.sbeBlockLength() : SETTING_IN_VERSION_1;
    }

    /** Length in version 1 of what the engine reads; a template that is younger never came with another length. */
    static int inVersion1(final int templateId, final int knownLength) {
        return switch (templateId) {
            case OpenProducerDecoder.TEMPLATE_ID -> 21;
            case CloseProducerDecoder.TEMPLATE_ID -> 20;
            case PublishDecoder.TEMPLATE_ID -> 29;
            case CreateTopicDecoder.TEMPLATE_ID -> 8;
            case ListTopicsDecoder.TEMPLATE_ID -> 16;
            case DescribeShardDecoder.TEMPLATE_ID -> 8;
            case ApplySettingsDecoder.TEMPLATE_ID -> 17;
            case TrimJournalDecoder.TEMPLATE_ID -> 16;
            case SetReadOnlyDecoder.TEMPLATE_ID -> 13;
            case SetFeatureLevelDecoder.TEMPLATE_ID -> 12;
            case ApplySlotTableDecoder.TEMPLATE_ID -> 17;
            case SeedShardDecoder.TEMPLATE_ID -> 16;
            case DescribeSlotTableDecoder.TEMPLATE_ID -> 8;
            case SnapshotBeginDecoder.TEMPLATE_ID -> 20;
            case SnapshotPartDecoder.TEMPLATE_ID -> 12;
            case SnapshotEndDecoder.TEMPLATE_ID -> 8;
            case ClockItemDecoder.TEMPLATE_ID -> 16;
            case SettingItemDecoder.TEMPLATE_ID -> 10;
            case ShardItemDecoder.TEMPLATE_ID -> 29;
            case JournalItemDecoder.TEMPLATE_ID -> 92;
            case TopicItemDecoder.TEMPLATE_ID -> 28;
            case ProducerItemDecoder.TEMPLATE_ID -> 49;
            case ProducersItemDecoder.TEMPLATE_ID -> 4;
            case SlotTableItemDecoder.TEMPLATE_ID -> 8;
            case LeaseItemDecoder.TEMPLATE_ID -> 8;
            case ListRetainedDecoder.TEMPLATE_ID -> 20;
            case RetainedItemDecoder.TEMPLATE_ID -> 52;
            case ApplyTopicPoliciesDecoder.TEMPLATE_ID -> 17;
            case DescribeTopicPoliciesDecoder.TEMPLATE_ID -> 8;
            case TopicPoliciesItemDecoder.TEMPLATE_ID -> 16;
            case AcquireLeaseDecoder.TEMPLATE_ID -> 24;
            case RenewLeaseDecoder.TEMPLATE_ID -> 16;
            case ReleaseLeaseDecoder.TEMPLATE_ID -> 16;
            case DropLeaseDecoder.TEMPLATE_ID -> 8;
            case ListLeasesDecoder.TEMPLATE_ID -> 16;
            case PublisherLeasesItemDecoder.TEMPLATE_ID -> 8;
            case PublisherLeaseItemDecoder.TEMPLATE_ID -> 37;
            case QuotasItemDecoder.TEMPLATE_ID -> 40;
            case ProducerQuotaItemDecoder.TEMPLATE_ID -> 44;
            case TopicQuotaItemDecoder.TEMPLATE_ID -> 36;
            case OpenMemberDecoder.TEMPLATE_ID -> 24;
            case RenewMemberDecoder.TEMPLATE_ID -> 16;
            case CloseMemberDecoder.TEMPLATE_ID -> 16;
            case CancelScheduledDecoder.TEMPLATE_ID -> 16;
            case ListScheduledDecoder.TEMPLATE_ID -> 20;
            case DescribeScheduleDecoder.TEMPLATE_ID -> 8;
            case ScheduledItemDecoder.TEMPLATE_ID -> 44;
            case ScheduleTotalsItemDecoder.TEMPLATE_ID -> 24;
            case ScheduledRestItemDecoder.TEMPLATE_ID -> 0;
            case MembersItemDecoder.TEMPLATE_ID -> 8;
            case MemberItemDecoder.TEMPLATE_ID -> 24;
            case OpenGroupDecoder.TEMPLATE_ID -> 58;
            case LeaveGroupDecoder.TEMPLATE_ID -> 20;
            case SettleGroupDecoder.TEMPLATE_ID -> 20;
            case SetGroupCreditDecoder.TEMPLATE_ID -> 24;
            case FeedGroupDecoder.TEMPLATE_ID -> 28;
            case PutDeadLetterDecoder.TEMPLATE_ID -> 20;
            case DeleteGroupDecoder.TEMPLATE_ID -> 12;
            case SeekGroupDecoder.TEMPLATE_ID -> 21;
            case ListGroupsDecoder.TEMPLATE_ID -> 16;
            case DescribeGroupDecoder.TEMPLATE_ID -> 12;
            case GroupsItemDecoder.TEMPLATE_ID -> 16;
            case GroupItemDecoder.TEMPLATE_ID -> 95;
            case GroupMemberItemDecoder.TEMPLATE_ID -> 12;
            case GroupEntriesItemDecoder.TEMPLATE_ID -> 0;
            case RecentMessagesItemDecoder.TEMPLATE_ID -> 0;
            case OpenConsumerDecoder.TEMPLATE_ID -> 37;
            case AckConsumerDecoder.TEMPLATE_ID -> 40;
            case LeaveConsumerDecoder.TEMPLATE_ID -> 33;
            case SeekConsumerDecoder.TEMPLATE_ID -> 25;
            case DeleteConsumerDecoder.TEMPLATE_ID -> 16;
            case ListConsumersDecoder.TEMPLATE_ID -> 20;
            case ConsumersItemDecoder.TEMPLATE_ID -> 8;
            case ConsumerItemDecoder.TEMPLATE_ID -> 44;
            case OpenSessionDecoder.TEMPLATE_ID -> 58;
            case ChangeSubscriptionsDecoder.TEMPLATE_ID -> 24;
            case DescribeSessionDecoder.TEMPLATE_ID -> 20;
            case UpdateSessionsDecoder.TEMPLATE_ID -> 8;
            case CloseSessionDecoder.TEMPLATE_ID -> 33;
            case ListSessionsDecoder.TEMPLATE_ID -> 20;
            case DeleteSessionDecoder.TEMPLATE_ID -> 8;
            case SessionItemDecoder.TEMPLATE_ID -> 78;
            case SubscriptionItemDecoder.TEMPLATE_ID -> 21;
            case ApplyAccessRulesDecoder.TEMPLATE_ID -> 17;
            case DescribeAccessRulesDecoder.TEMPLATE_ID -> 16;
            case TellRefusalDecoder.TEMPLATE_ID -> 16;
            case AccessRulesItemDecoder.TEMPLATE_ID -> 36;
            default -> knownLength;
        };
    }

    private static boolean isToday(final int version) {
        return version >= MessageHeaderDecoder.SCHEMA_VERSION;
    }
}
