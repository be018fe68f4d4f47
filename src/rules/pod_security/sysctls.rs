//! Upstream's check `sysctls` (baseline, 1.0, 1.27, 1.29, 1.32 and 1.37).

use std::cell::LazyCell;

use crate::rules::{
    Checked, Context, Evidence, Fact, Finding, Findings, NoParams, PodSecurityVersion, Reach,
    Remedy, Rule, RuleDescription, Severity, Standard, Text,
};
use crate::subject::{Pod, Pods};
use crate::text::Quoted;

#[doc = include_str!("sysctls.md")]
pub(crate) struct Sysctls;

/// Kernel parameters that are kept apart by namespaces, and the minor that allowed them.
const SAFE: [(&str, u16); 14] = [
    ("kernel.shm_rmid_forced", 0),
    ("net.ipv4.ip_local_port_range", 0),
    ("net.ipv4.tcp_syncookies", 0),
    ("net.ipv4.ping_group_range", 0),
    ("net.ipv4.ip_unprivileged_port_start", 0),
    ("net.ipv4.ip_local_reserved_ports", 27),
    ("net.ipv4.tcp_keepalive_time", 29),
    ("net.ipv4.tcp_fin_timeout", 29),
    ("net.ipv4.tcp_keepalive_intvl", 29),
    ("net.ipv4.tcp_keepalive_probes", 29),
    ("net.ipv4.tcp_rmem", 32),
    ("net.ipv4.tcp_wmem", 32),
    ("net.ipv4.tcp_slow_start_after_idle", 37),
    ("net.ipv4.tcp_notsent_lowat", 37),
];

fn is_safe(name: &str, version: PodSecurityVersion) -> bool {
    SAFE.iter().any(|&(safe, since)| safe == name && version.at_least(since))
}

impl Rule for Sysctls {
    type On = Pods;
    type Params = NoParams;
    const DESCRIPTION: RuleDescription = RuleDescription {
        id: Text::Borrowed("sysctls"),
        group: Text::Borrowed("pod-security"),
        severity: Severity::High,
        checklist: Text::Borrowed("No pod sets a kernel parameter that is not known to be safe."),
        rows: &["M26"],
        standards: &[Standard::PodSecurity("baseline"), Standard::Cwe(653)],
        page: Text::Borrowed(include_str!("sysctls.md")),
    };

    fn check(
        pod: &Pod<'_, '_>,
        _: &NoParams,
        cx: &Context<'_>,
        found: &mut Findings<'_>,
    ) -> Checked {
        let everyone = LazyCell::new(|| Reach::all(pod));
        let security = pod.spec.security_context.as_deref();
        let sysctls = security.into_iter().flat_map(|s| s.sysctls.iter().enumerate());
        for (index, sysctl) in sysctls {
            found.visit(1)?;
            let name = sysctl.name.as_deref().unwrap_or_default();
            if is_safe(name, cx.version) {
                continue;
            }
            let at = pod.at(&["securityContext", "sysctls"]).index(index);
            let message = format!(
                "the pod sets kernel parameter {}, which is not known to be safe",
                Quoted(name)
            );
            let value = sysctl.value.as_deref().unwrap_or_default();
            let evidence = || Evidence::new([Fact::new(everyone.clone(), [name, value])]);
            found.add(Finding::new(at.clone(), message, Remedy::remove(at)), evidence)?;
        }
        Ok(())
    }
}
