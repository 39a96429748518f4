using System.Diagnostics;

namespace MicroChat.Benchmarks;

/// <summary>The shortest of many rounds: on a shared machine the one that was disturbed least.</summary>
internal struct Best()
{
    /// <summary>Unit: seconds.</summary>
    public double Seconds { get; private set; } = double.PositiveInfinity;

    /// <summary>Runs the work once more, counting the processor time that the whole program took: other work on the machine hardly changes it.</summary>
    public void ProcessorRound(Action work)
    {
        TimeSpan start = Environment.CpuUsage.TotalTime;
        work();
        Seconds = Math.Min(Seconds, (Environment.CpuUsage.TotalTime - start).TotalSeconds);
    }

    /// <summary>Runs the work once more.</summary>
    public void Round(Action work)
    {
        long start = Stopwatch.GetTimestamp();
        work();
        Seconds = Math.Min(Seconds, Stopwatch.GetElapsedTime(start).TotalSeconds);
    }
}
