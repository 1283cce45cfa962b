using Confluent.Kafka;
using Confluent.Kafka.Admin;
using StreamInference.Kafka.Settings;

namespace StreamInference.Kafka.Clients;

/// <summary>Removes topics that a program made for itself: demos and tests. Topics of a stream are never removed by this product.</summary>
public static class TopicRemoval
{
    /// <summary>Deletes topics; those that do not exist are passed over.</summary>
    /// <exception cref="KafkaUnavailableException">The cluster refuses.</exception>
    public static async Task DeleteAsync(KafkaSettings settings, IReadOnlyList<string> topics)
    {
        ArgumentNullException.ThrowIfNull(settings);
        using IAdminClient admin = new AdminClientBuilder(settings.ForAdmin()).SetLogHandler((_, _) => { }).Build();
        try
        {
            await admin.DeleteTopicsAsync(topics);
        }
        catch (DeleteTopicsException exception)
        {
            DeleteTopicReport? refused = exception.Results.Find(r => r.Error.IsError && r.Error.Code != ErrorCode.UnknownTopicOrPart);
            if (refused is not null) throw new KafkaUnavailableException($"Topic {refused.Topic}: {refused.Error.Reason}", exception);
        }
        catch (KafkaException exception)
        {
            throw new KafkaUnavailableException(exception.Error.Reason, exception);
        }
    }
}
