using StreamInference.Broker.Protocol;
using StreamInference.Broker.Topics;

namespace StreamInference.Broker.State;

/// <summary>Brings the state to where the journal of an earlier run says it was, and says it again as a snapshot.</summary>
internal static class StateRecovery
{
    public static void Restore(BrokerState state, IEnumerable<IMessage> entries)
    {
        var topics = new Dictionary<string, TopicEntry>();
        var transactions = new Dictionary<string, TransactionEntry>();
        foreach (var entry in entries)
        {
            switch (entry)
            {
                case TopicEntry { Deleted: true } topic: topics.Remove(topic.Name); break;
                case TopicEntry topic: topics[topic.Name] = topic; break;
                case TransactionEntry transaction: transactions[transaction.TransactionalId] = transaction; break;
                case ProducerIdsEntry ids: state.Transactions.Ids.Restore(ids); break;
                case OffsetsEntry offsets: state.Groups.Restore(offsets); break;
                case GroupEntry group: state.Groups.Restore(group); break;
            }
        }
        state.Topics.Restore(topics.Values);
        foreach (var transaction in transactions.Values) state.Transactions.Restore(transaction);
    }

    public static IEnumerable<IMessage> Snapshot(BrokerState state)
    {
        foreach (var topic in state.Topics.All) yield return TopicCatalog.ToEntry(topic);
        yield return state.Transactions.Ids.ToEntry();
        foreach (var transaction in state.Transactions.All) yield return transaction.ToEntry();
        foreach (var group in state.Groups.All)
        {
            yield return group.ToEntry();
            foreach (var entry in group.Offsets.Snapshot()) yield return entry;
        }
    }
}
