using StreamInference.Kafka.Native;
using StreamInference.Kafka.Sinks;

namespace StreamInference.Kafka.Tests.Sinks;

public sealed class TransactionRulesTests
{
    [Fact]
    public void Only_sent_offsets_lead_to_a_commit()
    {
        TransactionPhase[] path = [TransactionPhase.New, TransactionPhase.Idle, TransactionPhase.Producing, TransactionPhase.Flushed, TransactionPhase.OffsetsSent];
        for (int i = 0; i + 1 < path.Length; i++) Assert.Equal(path[i + 1], TransactionRules.After(path[i]));
        Assert.Equal(TransactionPhase.Idle, TransactionRules.After(TransactionPhase.OffsetsSent));
        Assert.Equal(TransactionPhase.Idle, TransactionRules.After(TransactionPhase.Committing));
        Assert.Equal(TransactionPhase.Idle, TransactionRules.After(TransactionPhase.Aborting));
        Assert.DoesNotContain(Enum.GetValues<TransactionPhase>(), phase => TransactionRules.After(phase) == TransactionPhase.Committing);
    }

    [Fact]
    public void A_fatal_consumer_code_without_the_flag_is_fatal()
    {
        foreach (TransactionPhase phase in Enum.GetValues<TransactionPhase>())
            Assert.Equal(TransactionStep.Replace, TransactionRules.Decide(phase, new KafkaFailure(KafkaErrorCode.Fatal, false, false, true, "")));
    }

    [Fact]
    public void An_error_without_a_flag_stops_except_before_the_first_transaction()
    {
        foreach (TransactionPhase phase in Enum.GetValues<TransactionPhase>())
        {
            TransactionStep step = TransactionRules.Decide(phase, new KafkaFailure(15, false, false, false, "coordinator not available"));
            Assert.Equal(phase == TransactionPhase.New ? TransactionStep.Replace : TransactionStep.Stop, step);
        }
    }
}
