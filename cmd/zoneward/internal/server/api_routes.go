package server

import "net/http"

// route is something that the API does.
type route struct {
	method, path string
	operation    string // its name in the log, and in the OpenAPI description
	role         Role   // that it takes at least
	slow         bool   // it may wait for providers or name servers
	status       int    // of a good answer
	answer       func(*API, *call) (document any, err error)
}

// routes are all that the API does, beside giving its own description.
func routes() []route {
	return []route{
		{http.MethodGet, apiRoot + "status", "status", RoleRead, false, http.StatusOK, (*API).status},
		{http.MethodGet, apiRoot + "zones", "listZones", RoleRead, false, http.StatusOK, (*API).zones},
		{http.MethodGet, apiRoot + "plans", "listPlans", RoleRead, false, http.StatusOK, (*API).plans},
		{http.MethodPost, apiRoot + "plans/approve", "approvePlans", RoleOperate, true, http.StatusOK, (*API).approve},
		{http.MethodPost, apiRoot + "reconcile", "reconcile", RoleOperate, false, http.StatusOK, (*API).reconcile},
		{http.MethodGet, apiRoot + "tombstones", "listTombstones", RoleRead, false, http.StatusOK, (*API).tombstones},
		{http.MethodGet, apiRoot + "tombstones/{id}", "showTombstone", RoleRead, false, http.StatusOK, (*API).tombstone},
		{http.MethodPost, apiRoot + "restore", "restore", RoleOperate, true, http.StatusOK, (*API).restore},
		{http.MethodGet, apiRoot + "history", "listHistory", RoleRead, false, http.StatusOK, (*API).history},
		{http.MethodGet, apiRoot + "suspensions", "listSuspensions", RoleRead, false, http.StatusOK, (*API).suspensions},
		{http.MethodPost, apiRoot + "suspensions", "suspend", RoleOperate, false, http.StatusOK, (*API).suspend},
		{http.MethodDelete, apiRoot + "suspensions", "resume", RoleOperate, false, http.StatusOK, (*API).resume},
		{http.MethodPost, apiRoot + "proposals", "propose", RoleRead, true, http.StatusOK, (*API).propose},
		{http.MethodGet, apiRoot + "reviews", "listReviews", RoleRead, false, http.StatusOK, (*API).reviews},
		{http.MethodPost, apiRoot + "verify", "verify", RoleOperate, true, http.StatusOK, (*API).verify},
	}
}
