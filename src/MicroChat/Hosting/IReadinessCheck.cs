namespace MicroChat.Hosting;

/// <summary>Something that must work before the host may get requests; looked at whenever /health/ready is asked, so it must be quick.</summary>
internal interface IReadinessCheck
{
    public HealthCheck Look();
}
