using CsCheck;
using StreamInference.Commit;

namespace StreamInference.Tests.Commit;

public sealed class OffsetLedgerTests
{
    [Fact]
    public void Nothing_may_be_committed_before_the_first_record()
    {
        OffsetLedger ledger = new();
        Assert.False(ledger.HasRecords);
        Assert.Equal(-1, ledger.ClosedPrefix);
    }

    [Fact]
    public void An_open_record_holds_the_prefix()
    {
        OffsetLedger ledger = new();
        ledger.Add(10);
        ledger.Add(11);
        ledger.Close(11);
        Assert.Equal(10, ledger.ClosedPrefix);
        ledger.Close(10);
        Assert.Equal(12, ledger.ClosedPrefix);
    }

    [Fact]
    public void A_gap_counts_as_closed()
    {
        OffsetLedger ledger = new();
        ledger.Add(3);
        ledger.Add(90);
        ledger.Close(3);
        Assert.Equal(90, ledger.ClosedPrefix);
    }

    [Fact]
    public void An_offset_that_goes_back_is_refused()
    {
        OffsetLedger ledger = new();
        ledger.Add(5);
        Assert.Throws<InvalidOperationException>(() => ledger.Add(5));
        Assert.Throws<InvalidOperationException>(() => ledger.Add(4));
    }

    [Fact]
    public void Closing_what_was_never_received_is_refused()
    {
        OffsetLedger ledger = new();
        ledger.Add(5);
        Assert.Throws<InvalidOperationException>(() => ledger.Close(6));
    }

    [Fact]
    public void The_committed_offset_never_goes_back()
    {
        OffsetLedger ledger = new();
        ledger.MarkCommitted(7);
        Assert.Throws<InvalidOperationException>(() => ledger.MarkCommitted(6));
    }

    [Fact]
    public void The_prefix_is_the_lowest_open_offset_in_any_order_of_closing()
    {
        Gen.Select(Gen.Int[1, 4].Array[1, 3000], Gen.Int).Sample((gaps, seed) =>
        {
            OffsetLedger ledger = new();
            List<long> open = [];
            long offset = 0;
            Random random = new(seed);
            foreach (int gap in gaps)
            {
                offset += gap;
                ledger.Add(offset);
                open.Add(offset);
                while (open.Count > 0 && random.Next(3) > 0)
                {
                    int at = random.Next(Math.Min(open.Count, 20));
                    ledger.Close(open[at]);
                    open.RemoveAt(at);
                }

                Assert.Equal(open.Count == 0 ? offset + 1 : open[0], ledger.ClosedPrefix);
            }
        }, iter: 200);
    }
}
