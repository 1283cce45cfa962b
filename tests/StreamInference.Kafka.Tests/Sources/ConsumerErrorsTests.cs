using StreamInference.Kafka.Native;
using StreamInference.Kafka.Sources;

namespace StreamInference.Kafka.Tests.Sources;

public sealed class ConsumerErrorsTests
{
    [Theory]
    [InlineData(KafkaErrorCode.PartitionEnd, false, (int)ConsumerErrorKind.None)]
    [InlineData(KafkaErrorCode.FencedInstance, true, (int)ConsumerErrorKind.Recoverable)]
    [InlineData(KafkaErrorCode.Fatal, true, (int)ConsumerErrorKind.Recoverable)]
    [InlineData(KafkaErrorCode.MaxPollExceeded, true, (int)ConsumerErrorKind.Transient)]
    [InlineData(KafkaErrorCode.TopicAuthorizationFailed, true, (int)ConsumerErrorKind.Permanent)]
    [InlineData(KafkaErrorCode.UnknownTopicOrPartition, false, (int)ConsumerErrorKind.Permanent)]
    [InlineData(KafkaErrorCode.UnknownTopicOrPartition, true, (int)ConsumerErrorKind.Transient)]
    [InlineData(-195, true, (int)ConsumerErrorKind.Transient)]
    public void Errors_are_told_by_their_consequence(int code, bool ownsTopic, int kind) => Assert.Equal((ConsumerErrorKind)kind, ConsumerErrors.OfMessage(code, ownsTopic));

    [Fact]
    public void A_fatal_error_is_permanent_only_where_its_cause_is()
    {
        Assert.Equal(ConsumerErrorKind.Recoverable, ConsumerErrors.OfFatal(KafkaErrorCode.FencedInstance));
        Assert.Equal(ConsumerErrorKind.Permanent, ConsumerErrors.OfFatal(KafkaErrorCode.GroupAuthorizationFailed));
    }
}
