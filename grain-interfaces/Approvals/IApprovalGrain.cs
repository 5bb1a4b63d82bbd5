using JamEmr.Access;

namespace JamEmr.Approvals;

/// <summary>A privileged operation from the moment it is asked for, and for ever after. Key <c>{practice}/{approval}</c>. Decided by others
/// than who asked and whom it concerns; executed exactly once, and only what was asked for to the byte (DESIGN.md, Access).</summary>
[Alias("jamemr.approval")]
public interface IApprovalGrain : IGrainWithStringKey
{
    /// <summary>Asks. Repeating the same request gives the same answer; another under this id gives
    /// <see cref="Errors.ErrorCode.Conflict"/>. What needs no approval is refused, and so is what would change the caller's own rights.</summary>
    [Requires(Permission.RequestApproval), StepUp, Alias("request")]
    Task<ApprovalRecord> RequestAsync(PrivilegedRequest request);

    /// <summary>The request, what became of it, and who can still decide.</summary>
    [Requires(Permission.ReadApprovals), Alias("get")]
    Task<ApprovalRecord> GetAsync();

    /// <summary>Approves what has this hash. The last approval that is needed executes it before the answer, unless something is out of
    /// order for the moment: then it stays <see cref="ApprovalStatus.Approved"/> and is tried again by itself.</summary>
    [Requires(Permission.DecideApproval), StepUp, Alias("approve")]
    Task<ApprovalRecord> ApproveAsync(string requestHash);

    /// <summary>Denies what has this hash, for good. An officer whose own account it changes can, too, where an approval is missing that nobody
    /// else can give, so that only an override could do it.</summary>
    /// <param name="reason">3–500 characters, for who asked.</param>
    [Requires(Permission.DecideApproval), StepUp, Alias("deny")]
    Task<ApprovalRecord> DenyAsync(string requestHash, string reason);

    /// <summary>Takes one's own request back, for good.</summary>
    [Requires(Permission.RequestApproval), Alias("withdraw")]
    Task<ApprovalRecord> WithdrawAsync();

    /// <summary>Executes what nobody is there to approve. Only when no enabled account could give what is missing; the officers get a notice
    /// and the log an event of its own. Against an officer's own account it takes a day's notice.</summary>
    /// <param name="reason">10–500 characters, for the officers.</param>
    [Requires(Permission.OverrideApproval), StepUp, Alias("override")]
    Task<ApprovalRecord> OverrideAsync(string requestHash, string reason);

    /// <summary>The request for another grain's list; null when there is none. The asking grain does its own check and leaves its own record.</summary>
    [Internal, AlwaysInterleave, Alias("peek")]
    Task<ApprovalRecord?> PeekAsync();
}

/// <summary>A practice's requests for approval, newest first. Key <c>{practice}/approvals</c>.</summary>
[Alias("jamemr.approval-registry")]
public interface IApprovalRegistryGrain : IGrainWithStringKey
{
    /// <summary>Adds a request; repeating changes nothing.</summary>
    [Internal, Alias("add")]
    Task AddAsync(Guid approval);

    /// <summary>Requests, newest first, without who can decide them.</summary>
    [Requires(Permission.ReadApprovals), Alias("list")]
    Task<Page<ApprovalRecord>> ListAsync(PageRequest page);
}
