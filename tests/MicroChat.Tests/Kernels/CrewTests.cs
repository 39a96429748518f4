using MicroChat.Kernels;

namespace MicroChat.Tests.Kernels;

public sealed unsafe class CrewTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(5)]
    public void Every_member_works_once_in_every_run(int members)
    {
        using var crew = new Crew(members);
        int[] calls = new int[members];
        for (int run = 1; run <= 2_000; run++)
        {
            if (run % 500 == 0)
            {
                Thread.Sleep(5); // long enough for the others to fall asleep
            }
            fixed (int* at = calls)
            {
                crew.Run(&Count, at);
            }
            Assert.All(calls, count => Assert.Equal(run, count));
        }
    }

    [Fact]
    public void A_failure_reaches_the_caller_and_the_crew_goes_on()
    {
        using var crew = new Crew(3);
        var failure = Assert.Throws<AggregateException>(() => crew.Run(&Fail, null));
        Assert.Equal("member 1", failure.InnerException!.Message);
        int[] calls = new int[3];
        fixed (int* at = calls)
        {
            crew.Run(&Count, at);
        }
        Assert.All(calls, count => Assert.Equal(1, count));
    }

    [Fact]
    public void A_run_allocates_nothing()
    {
        using var crew = new Crew(2);
        int* calls = stackalloc int[2];
        crew.Run(&Count, calls);
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 1_000; i++)
        {
            crew.Run(&Count, calls);
        }
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    private static void Count(void* state, int member, int members) => ((int*)state)[member]++;

    private static void Fail(void* state, int member, int members)
    {
        if (member == 1)
        {
            throw new InvalidOperationException("member 1");
        }
    }
}
